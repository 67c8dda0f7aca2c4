// cli/failure.hpp: errors as a person reads them: what failed, why, and the next step.
//
//     Error: cannot reach the daemon
//       caused by: /var/run/doublezerod/doublezerod.sock: no such file
//     Try: sudo systemctl start doublezerod
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dz::cli {

/// An error whose text is those lines without the leading "Error: ". Empty `cause` and `remedy` are left out.
[[nodiscard]] std::unexpected<Error> failure(std::string_view what, std::string_view cause,
                                             std::string_view remedy, Errc code = Errc::Rejected);
/// The same with the error that caused it.
[[nodiscard]] std::unexpected<Error> failure(std::string_view what, const Error& cause,
                                             std::string_view remedy = {});

/// Writes `error` as above, with a newline at its end.
void print_failure(std::ostream& err, const Error& error);

/// {"error":{"code":"NotFound","message":"...","caused_by":"...","try":"..."}}: for --json.
std::string failure_json(const Error& error);

}  // namespace dz::cli
