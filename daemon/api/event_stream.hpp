// daemon/api/event_stream.hpp: server-sent events, both sides (WHATWG HTML, 9.2).
//
// A message is lines of `field: value` up to an empty one. `id` comes back as the header Last-Event-ID when a
// reader connects again, so nothing is missed and nothing comes twice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace dz::daemon::api {

inline constexpr std::string_view kEventStreamType = "text/event-stream";
/// Sent when there is nothing to say, so that a reader can tell silence from a daemon that hangs.
inline constexpr std::string_view kStillHere = ":\n\n";

struct Message {
    std::string id;     ///< of this message or the last before it that had one
    std::string event;  ///< empty: "message"
    std::string data;   ///< lines are separated by '\n'
    bool operator==(const Message&) const = default;
};

/// `id` and `event` are single lines. An empty `event` is left out.
std::string to_text(const Message& message);

/// Reads a stream in pieces of any size.
class EventStreamReader {
  public:
    static constexpr std::size_t kMaxBytes = 1 << 20;  ///< of one message

    /// The messages that end in `piece`. Errors: LimitExceeded, after which the reader is of no use.
    Result<std::vector<Message>> feed(std::string_view piece);

  private:
    void take(std::string_view line, std::vector<Message>& out);

    std::string line_;
    Message message_;
    bool has_data_ = false;
    bool after_return_ = false;  ///< the last byte was '\r': a '\n' belongs to it
    bool begun_ = false;
};

}  // namespace dz::daemon::api
