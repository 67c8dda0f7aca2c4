// cli/secret_input.hpp: how a person or a script hands over a secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wallet/secret.hpp"

namespace dz::cli {

/// The first line of `file`. Without one, what is typed at the terminal behind `prompt`, which does not show
/// it. Errors: NotFound, Permission, LimitExceeded (4096 bytes), Unavailable without terminal, which names
/// `option`.
Result<wallet::SecretBytes> read_secret(const std::optional<std::string>& file, std::string_view prompt,
                                        std::string_view option);

/// A new password: typed twice where it is typed. Errors: as above; BadValue when the two differ.
Result<wallet::SecretBytes> read_new_password(const std::optional<std::string>& file);

}  // namespace dz::cli
