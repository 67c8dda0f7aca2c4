#include "daemon/api/event_stream.hpp"

#include <fmt/format.h>

#include <utility>

namespace dz::daemon::api {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

std::string to_text(const Message& message) {
    std::string out;
    if (!message.event.empty()) out += fmt::format("event: {}\n", message.event);
    out += fmt::format("id: {}\n", message.id);
    for (std::string_view rest = message.data;;) {
        const std::size_t end = rest.find('\n');
        out += fmt::format("data: {}\n", rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return out + "\n";
}

Result<std::vector<Message>> EventStreamReader::feed(std::string_view piece) {
    std::vector<Message> out;
    while (!piece.empty()) {
        if (std::exchange(after_return_, false) && piece.front() == '\n') {
            piece.remove_prefix(1);
            continue;
        }
        const std::size_t end = piece.find_first_of("\r\n");
        line_ += piece.substr(0, end);
        if (line_.size() + message_.data.size() > kMaxBytes)
            return fail(Errc::LimitExceeded, fmt::format("an event of more than {} bytes", kMaxBytes));
        if (end == std::string_view::npos) break;
        after_return_ = piece[end] == '\r';
        piece.remove_prefix(end + 1);
        const std::string line = std::exchange(line_, {});
        const bool marked = !std::exchange(begun_, true) && line.starts_with(kByteOrderMark);
        take(std::string_view(line).substr(marked ? kByteOrderMark.size() : 0), out);
    }
    return out;
}

void EventStreamReader::take(std::string_view line, std::vector<Message>& out) {
    if (line.empty()) {
        if (has_data_) out.push_back(message_);
        message_.event.clear();
        message_.data.clear();
        has_data_ = false;
        return;
    }
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data") {
        if (std::exchange(has_data_, true)) message_.data += '\n';
        message_.data += value;
    } else if (field == "event") {
        message_.event = value;
    } else if (field == "id" && value.find('\0') == std::string_view::npos) {
        message_.id = value;
    }
}

}  // namespace dz::daemon::api
