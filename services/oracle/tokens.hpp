// services/oracle/tokens.hpp: who may ask: bearer tokens and the names they stand for.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace dz::oracle {

/// Keeps hashes, never a token.
class Tokens {
  public:
    static constexpr std::size_t kMinLength = 16;
    static constexpr std::size_t kMaxFile = 1U << 20;

    /// A line for each client: its name and its token. Empty lines and those that begin with # are passed
    /// over. Errors: BadValue with the line's number, never with a token.
    static Result<Tokens> parse(std::string_view text);
    /// Errors: those of reading and `parse`; Permission when others may read the file.
    static Result<Tokens> read(const std::filesystem::path& path);

    /// Whose `Authorization: Bearer TOKEN` this is. Takes as long for a wrong one as for a right one.
    std::optional<std::string> holder(std::string_view authorization) const;

    std::size_t size() const { return all_.size(); }

  private:
    using Hash = std::array<unsigned char, 32>;
    struct Token {
        std::string name;
        Hash hash;
    };
    static Hash hash_of(std::string_view token);
    Result<> add(std::string_view line, std::size_t number);

    std::vector<Token> all_;
};

}  // namespace dz::oracle
