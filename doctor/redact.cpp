#include "doctor/redact.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace dz::doctor {

namespace {

bool is_digit(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool is_space(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}
char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

constexpr std::array<std::string_view, 4> kSchemes{"http://", "https://", "ws://", "wss://"};
/// A base58 secret key of 64 bytes has 86 to 88 letters, its 32-byte seed in hexadecimal 64. A public key
/// has 44.
constexpr std::size_t kLongWord = 64;
constexpr std::size_t kSecretBytes = 32;
constexpr std::array<std::string_view, 9> kSecretWords{
    "password", "passwd", "secret", "token", "apikey", "api_key", "api-key", "authorization", "mnemonic"};

/// Length of the URL that begins at `text`, and what is left of it.
bool take_url(std::string_view text, std::size_t& length, std::string& out) {
    const auto* const scheme =
        std::ranges::find_if(kSchemes, [&](std::string_view one) { return text.starts_with(one); });
    if (scheme == kSchemes.end()) return false;
    const auto ends = [](char c) {
        return is_space(c) || c == '"' || c == '\'' || c == '<' || c == '>' || c == ',';
    };
    length = static_cast<std::size_t>(std::ranges::find_if(text, ends) - text.begin());
    std::string_view rest = text.substr(scheme->size(), length - scheme->size());
    out = *scheme;
    const std::size_t path = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view host = rest.substr(0, path);
    if (const auto at = host.rfind('@'); at != std::string_view::npos) {
        out += kHidden;
        host.remove_prefix(at);
    }
    out += host;
    const std::string_view after = rest.substr(path);
    if (!after.empty() && after != "/") out += "/" + std::string(kHidden);
    return true;
}

/// "[1, 2, ...]" with enough numbers to be a key; 0 when it is something else.
std::size_t take_bytes(std::string_view text) {
    if (!text.starts_with('[')) return 0;
    std::size_t numbers = 0;
    bool in_number = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ']') return numbers >= kSecretBytes ? i + 1 : 0;
        if (!is_digit(c) && c != ',' && !is_space(c)) return 0;
        if (is_digit(c) && !in_number) ++numbers;
        in_number = is_digit(c);
    }
    // Cut off: what is there may still be most of a key.
    return numbers >= kSecretBytes ? text.size() : 0;
}

/// The name of a secret and what separates it from its value: "token: ", "api_key=\"".
std::size_t take_secret_name(std::string_view text) {
    for (const std::string_view word : kSecretWords) {
        if (text.size() < word.size() || !std::ranges::equal(text.substr(0, word.size()), word, {}, lower))
            continue;
        std::size_t at = word.size();
        while (at < text.size() && (text[at] == '"' || text[at] == '\'' || text[at] == ' ')) ++at;
        if (at == text.size() || (text[at] != ':' && text[at] != '=')) continue;
        ++at;
        while (at < text.size() && (text[at] == ' ' || text[at] == '"' || text[at] == '\'')) ++at;
        return at;
    }
    return 0;
}

}  // namespace

std::string redact(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    std::size_t at = 0;
    while (at < text.size()) {
        const std::string_view rest = text.substr(at);
        const bool starts_word = at == 0 || !is_word(text[at - 1]);
        std::size_t length = 0;
        std::string kept;
        if (starts_word && take_url(rest, length, kept)) {
            out += kept;
            at += length;
        } else if (const std::size_t bytes = take_bytes(rest); bytes != 0) {
            out += kHidden;
            at += bytes;
        } else if (const std::size_t name = take_secret_name(rest); name != 0) {
            out += rest.substr(0, name);
            out += kHidden;
            // The value may have blanks: "Authorization: Bearer ...", a mnemonic.
            at += name + std::min(rest.substr(name).find_first_of("\n\"'"), rest.size() - name);
        } else if (starts_word && is_word(text[at])) {
            length = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_word) - rest.begin());
            // The names of secrets end words too: "rpc_token".
            const bool is_long = length >= kLongWord;
            out += is_long ? kHidden : rest.substr(0, 1);
            at += is_long ? length : 1;
        } else {
            out += text[at++];
        }
    }
    return out;
}

}  // namespace dz::doctor
