// links: dz::bgp
// bgp_session_fuzz.cpp: a whole session without a socket: framer, state machine and RIB against a script of
// time steps, connection events, well-formed messages and arbitrary bytes.
#include <algorithm>
#include <cstdint>
#include <optional>

#include "protocols/bgp/fsm.hpp"
#include "protocols/bgp/rib.hpp"

namespace {

using namespace dz;
using namespace dz::bgp;

constexpr Asn kDeviceAs{65342};
constexpr std::size_t kMaxRoutes = 64;

PeerConfig config(std::uint8_t options) {
    PeerConfig wanted;
    wanted.local = Ipv4(0xA9FE0001);
    wanted.remote = Ipv4(0xA9FE0000);
    wanted.local_asn = {65000};
    wanted.remote_asn = kDeviceAs;
    wanted.max_routes = kMaxRoutes;
    wanted.policy.shortest = 8;
    if ((options & 1) != 0) wanted.announce = Prefix{Ipv4(0xC6120005), 32};
    if ((options & 2) != 0) wanted.stale_hold = 5s;
    if ((options & 4) != 0) wanted.hold_time = 0s;
    wanted.learn_routes = (options & 8) == 0;
    if ((options & 16) != 0) wanted.opening = (options & 32) != 0 ? Opening::Passive : Opening::Both;
    return wanted;
}

/// Does what the session over TCP does, with a connection that is only imagined.
class Rig {
  public:
    explicit Rig(std::uint8_t options)
        : fsm_(config(options), now_), rib_(fsm_.config().remote, fsm_.config().policy) {
        feed(Start{});
    }

    void feed(Event event) {
        for (Action& action : fsm_.on(std::move(event), now_)) perform(action);
        if (rib_.size() > kMaxRoutes && fsm_.state() == State::Established) feed(TooManyRoutes{});
        check();
    }

    void advance(Duration step) {
        const TimePoint target = now_ + step;
        for (auto due = fsm_.next_deadline(); due && *due <= target; due = fsm_.next_deadline()) {
            now_ = std::max(now_, *due);
            feed(Tick{});
        }
        now_ = target;
    }

    void receive(ByteView bytes) {
        if (fsm_.state() < State::OpenSent) return;
        const auto connection = connection_;
        framer_.feed(bytes);
        while (connection == connection_) {
            const auto frame = framer_.next();
            if (!frame) return feed(Malformed{frame.error()});
            if (!*frame) break;
            auto message = decode((*frame)->type, (*frame)->body, true);
            if (!message) return feed(Malformed{message.error()});
            feed(Received{*std::move(message)});
        }
        DZ_ASSERT(connection != connection_ || framer_.pending() < kMaxMessage);
    }

  private:
    void perform(Action& action) {
        if (std::holds_alternative<Dial>(action) || std::holds_alternative<HangUp>(action) ||
            std::holds_alternative<Adopt>(action)) {
            ++connection_;
            framer_ = {};
        }
        if (const auto* send = std::get_if<Send>(&action))
            DZ_ASSERT(encode(send->message).size() <= kMaxMessage);
        if (const auto* learn = std::get_if<Learn>(&action)) rib_.apply(learn->update, now_);
        if (std::holds_alternative<KeepRoutes>(action)) rib_.mark_stale();
        if (std::holds_alternative<SweepRoutes>(action)) rib_.sweep_stale();
        if (std::holds_alternative<FlushRoutes>(action)) rib_.clear();
    }

    void check() const {
        const bool up = fsm_.state() == State::Established;
        DZ_ASSERT(up == (fsm_.status() == Status::Up));
        DZ_ASSERT(up || rib_.size() == rib_.stale());
        DZ_ASSERT(rib_.accepted() <= rib_.size());
        DZ_ASSERT(rib_.distinct_attributes() <= rib_.size());
        // Something will always happen again, unless the ends agreed on no timers or the peer is waited for.
        DZ_ASSERT(fsm_.next_deadline() || (up && fsm_.hold_time() == Duration::zero()) ||
                  fsm_.state() == State::Active);
    }

    TimePoint now_{1'000'000s};
    Fsm fsm_;
    AdjRibIn rib_;
    Framer framer_;
    std::uint64_t connection_ = 0;
};

Open device_open(std::uint8_t options) {
    Open open{.asn = 65342, .hold_time = 3, .identifier = Ipv4(0x0A000001), .capabilities = {}};
    open.capabilities = {capability::ipv4_unicast(), capability::four_octet_asn(kDeviceAs)};
    if ((options & 1) != 0) open.hold_time = 0;
    if ((options & 2) != 0) {
        open.capabilities.push_back(capability::graceful_restart(
            {.restarted = true, .seconds = 5, .ipv4_unicast = true, .forwarding_kept = (options & 4) != 0}));
    }
    return open;
}

Update end_of_rib() {
    Update update;
    update.end_of_rib = true;
    return update;
}

Update routes(std::uint8_t from, std::uint8_t count) {
    Update update;
    update.attributes.emplace();
    update.attributes->next_hop = Ipv4(0xA9FE0000);
    for (std::uint32_t i = 0; i < count % 48U; ++i)
        update.announced.push_back({Ipv4(0xC6120000 + from + i), 32});
    if (update.announced.empty()) update.attributes.reset();
    update.withdrawn.push_back({Ipv4(0xC6120000U + count), 32});
    return update;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    bytes::Reader script(ByteView(data, size));
    Rig rig(script.u8().value_or(0));
    while (!script.empty()) {
        const std::uint8_t step = script.u8().value_or(0);
        const std::uint8_t argument = script.u8().value_or(0);
        switch (step % 10) {
            case 0:
                rig.advance(std::chrono::milliseconds(100) * argument);
                break;
            case 1:
                if (argument % 4 == 3) {
                    rig.feed(Accepted{});
                } else {
                    rig.feed(Connected{});
                }
                break;
            case 2:
                rig.feed(Disconnected{"reset"});
                break;
            case 3:
                rig.receive(encode(device_open(argument)));
                break;
            case 4:
                rig.receive(encode(Keepalive{}));
                break;
            case 5:
                rig.receive(encode(routes(argument, script.u8().value_or(0))));
                break;
            case 6:
                rig.receive(encode(end_of_rib()));
                break;
            case 7:
                rig.feed(Announce{Prefix{Ipv4(0xC6120000U + argument), 32}});
                break;
            case 8: {
                // A body that the fuzzer writes under a header that holds.
                const auto body =
                    script.take(std::min<std::size_t>(argument, script.remaining())).value_or(ByteView{});
                bytes::Writer out;
                out.raw(Bytes(16, 0xFF)).be16(static_cast<std::uint16_t>(kHeaderSize + body.size()));
                rig.receive(out.u8(2).raw(body).bytes());
                break;
            }
            default:
                rig.receive(
                    script.take(std::min<std::size_t>(argument, script.remaining())).value_or(ByteView{}));
        }
    }
    return 0;
}
