#include "services/oracle/tokens.hpp"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/files.hpp"

namespace dz::oracle {

namespace {

constexpr ::mode_t kOthers = 077;
constexpr std::string_view kScheme = "Bearer ";
constexpr std::string_view kBlanks = " \t\r";
constexpr std::size_t kMaxName = 64;

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

}  // namespace

Tokens::Hash Tokens::hash_of(std::string_view token) {
    Hash hash{};
    const ByteView bytes = as_bytes(token);
    crypto_hash_sha256(hash.data(), bytes.data(), bytes.size());
    return hash;
}

Result<Tokens> Tokens::parse(std::string_view text) {
    Tokens tokens;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        TRY_OK(tokens.add(trimmed(text.substr(0, end)), number));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (tokens.all_.empty())
        return fail(Errc::BadValue, "no token: give a line \"NAME TOKEN\" for each client");
    return tokens;
}

Result<> Tokens::add(std::string_view line, std::size_t number) {
    if (line.empty() || line.front() == '#') return {};
    const auto wrong = [number](std::string_view what) {
        return fail(Errc::BadValue, fmt::format("line {}: {}", number, what));
    };
    const std::string_view name = line.substr(0, line.find_first_of(kBlanks));
    const std::string_view token = trimmed(line.substr(name.size()));
    if (token.empty()) return wrong("no token: a line is \"NAME TOKEN\"");
    if (token.find_first_of(kBlanks) != std::string_view::npos) return wrong("a token has no blanks in it");
    if (name.size() > kMaxName) return wrong(fmt::format("a name has at most {} characters", kMaxName));
    if (token.size() < kMinLength)
        return wrong(fmt::format("a token has at least {} characters: openssl rand -hex 32", kMinLength));
    const Hash hash = hash_of(token);
    if (std::ranges::find(all_, hash, &Token::hash) != all_.end())
        return wrong("this token is there already");
    all_.push_back({std::string(name), hash});
    return {};
}

Result<Tokens> Tokens::read(const std::filesystem::path& path) {
    struct ::stat status{};
    const bool exists = ::stat(path.c_str(), &status) == 0;
    if (exists && (status.st_mode & kOthers) != 0)
        return fail(
            Errc::Permission,
            fmt::format("the token file {} has mode {:04o}, so others may use the tokens: chmod 600 {}",
                        path.string(), status.st_mode & 07777U, path.string()));
    const auto text = files::read(path, kMaxFile);
    if (!text) return wrap(text.error(), fmt::format("token file {}", path.string()));
    auto tokens = parse(*text);
    if (!tokens) return wrap(tokens.error(), fmt::format("token file {}", path.string()));
    return tokens;
}

std::optional<std::string> Tokens::holder(std::string_view authorization) const {
    if (!authorization.starts_with(kScheme)) return std::nullopt;
    const Hash hash = hash_of(trimmed(authorization.substr(kScheme.size())));
    const Token* found = nullptr;
    for (const Token& token : all_)
        if (sodium_memcmp(token.hash.data(), hash.data(), hash.size()) == 0) found = &token;
    if (found == nullptr) return std::nullopt;
    return found->name;
}

}  // namespace dz::oracle
