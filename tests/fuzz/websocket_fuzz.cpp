// links: dz::net
// Whatever follows the upgrade, a WebSocket server ends the conversation in order and gives no message beyond
// its limit to the handler.
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdint>

#include "base/descriptor.hpp"
#include "base/run.hpp"
#include "base/websocket_wire.hpp"

namespace {

using namespace dz;

constexpr std::size_t kMaxMessage = 1000;

Task<> echo(ws::Connection& connection) {
    while (auto message = co_await connection.receive()) {
        DZ_ASSERT(message->size() <= kMaxMessage);
        if (!connection.send(*std::move(message))) co_return;
    }
}

http::Request upgrade() {
    http::Request request;
    request.method = "GET";
    request.path = "/";
    request.headers = {{"host", "fuzz"},
                       {"upgrade", "websocket"},
                       {"connection", "Upgrade"},
                       {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
                       {"sec-websocket-version", "13"}};
    return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // More than a socket pair takes without a reader would wait for one.
    if (size > 16'384) return 0;
    EventLoop loop(1);
    FakeClock clock(loop);
    int ends[2] = {};
    DZ_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const Descriptor peer(ends[1]);
    ws::Socket socket(loop, {AF_UNIX, 0}, ends[0]);
    DZ_ASSERT(::write(peer.get(), data, size) == static_cast<ssize_t>(size));
    ::shutdown(peer.get(), SHUT_WR);
    run(loop, ws::serve(loop, clock, socket, upgrade(), {.max_message = kMaxMessage}, echo));
    return 0;
}
