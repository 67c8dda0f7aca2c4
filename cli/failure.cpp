#include "cli/failure.hpp"

#include <fmt/format.h>

#include "base/json.hpp"

namespace dz::cli {

namespace {

constexpr std::string_view kCausedBy = "\n  caused by: ";
constexpr std::string_view kTry = "\nTry: ";

}  // namespace

std::unexpected<Error> failure(std::string_view what, std::string_view cause, std::string_view remedy,
                               Errc code) {
    std::string text(what);
    if (!cause.empty()) text += fmt::format("{}{}", kCausedBy, cause);
    if (!remedy.empty()) text += fmt::format("{}{}", kTry, remedy);
    return fail(code, std::move(text));
}

std::unexpected<Error> failure(std::string_view what, const Error& cause, std::string_view remedy) {
    auto out = failure(what, cause.text, remedy, cause.code);
    out.error().detail = cause.detail;
    return out;
}

void print_failure(std::ostream& err, const Error& error) {
    err << "Error: " << error.text << "\n";
}

std::string failure_json(const Error& error) {
    std::string_view text = error.text;
    const auto cut = [&text](std::string_view mark) {
        const auto at = text.find(mark);
        if (at == std::string_view::npos) return std::string{};
        std::string tail(text.substr(at + mark.size()));
        text = text.substr(0, at);
        return tail;
    };
    const std::string remedy = cut(kTry);
    const std::string cause = cut(kCausedBy);
    json::Ordered body{{"code", to_string(error.code)}, {"message", text}};
    if (!cause.empty()) body["caused_by"] = cause;
    if (!remedy.empty()) body["try"] = remedy;
    return json::dump(json::Ordered{{"error", body}});
}

}  // namespace dz::cli
