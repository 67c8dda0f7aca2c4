#include "daemon/api/event_stream.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

using namespace dz;
using namespace dz::daemon::api;

namespace {

std::vector<Message> read(std::string_view text) {
    EventStreamReader reader;
    return reader.feed(text).value();
}

}  // namespace

TEST_CASE("event stream: a message is its id, its lines of data and an empty line", "[daemon_api]") {
    CHECK(to_text({.id = "a-1", .event = "", .data = "{}"}) == "id: a-1\ndata: {}\n\n");
    CHECK(to_text({.id = "1", .event = "change", .data = "one\n\ntwo"}) ==
          "event: change\nid: 1\ndata: one\ndata: \ndata: two\n\n");
}

TEST_CASE("event stream: what is written reads back the same, in pieces of any size", "[daemon_api]") {
    rc::prop("feed(pieces of to_text(messages)) is messages", [](const std::vector<std::string>& texts) {
        std::vector<Message> sent;
        std::string stream(kStillHere);
        for (std::string text : texts) {
            std::erase(text, '\r');
            sent.push_back({.id = std::to_string(sent.size()), .event = "", .data = text});
            stream += to_text(sent.back());
            stream += kStillHere;
        }
        EventStreamReader reader;
        std::vector<Message> got;
        while (!stream.empty()) {
            const auto size = *rc::gen::inRange<std::size_t>(1, stream.size() + 1);
            for (Message& message : reader.feed(stream.substr(0, size)).value())
                got.push_back(std::move(message));
            stream.erase(0, size);
        }
        RC_ASSERT(got == sent);
    });
}

TEST_CASE("event stream: every kind of line end, comments and unknown fields", "[daemon_api]") {
    CHECK(read("\xEF\xBB\xBF"
               "data: one\r\rdata: two\r\n\r\n: comment\nretry: 5\nwhat\ndata\n\n") ==
          std::vector<Message>{{"", "", "one"}, {"", "", "two"}, {"", "", ""}});
    CHECK(read("data:no blank\n\n") == std::vector<Message>{{"", "", "no blank"}});
    CHECK(read("event: only\n\ndata: x\n\n") == std::vector<Message>{{"", "", "x"}});
    CHECK(read("data: never ended\n").empty());
}

TEST_CASE("event stream: an id stays until there is another one", "[daemon_api]") {
    CHECK(read("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n") ==
          std::vector<Message>{{"1", "", "a"}, {"1", "", "b"}, {"", "", "c"}});
}

TEST_CASE("event stream: a message without an end is refused, in one line or many", "[daemon_api]") {
    EventStreamReader reader;
    const std::string half(EventStreamReader::kMaxBytes / 2, 'x');
    REQUIRE(reader.feed("data: " + half + "\ndata: "));
    const auto more = reader.feed(half);
    REQUIRE_FALSE(more);
    CHECK(more.error().code == Errc::LimitExceeded);
}
