#include "ledger/account_reader.hpp"

#include "ledger/limits.hpp"

namespace dz::ledger::codec {
namespace {

/// Bytes of a sized interface ahead of its body: size and version.
constexpr std::uint16_t kSizedPrefix = 3;

/// The older list has no per-topology segments.
class WithoutSegments : public EachMember {
  public:
    using EachMember::EachMember;
    using EachMember::operator();
    void operator()(const char*, std::vector<NodeSegment>&) {}
};

/// The form of variant 0: no CYOA, DIA, bandwidth, MTU and routing mode.
Outcome read_first_form(ValueReader& in, Interface& interface) {
    EachMember visit(in);
    visit("status", interface.status);
    visit("name", interface.name);
    visit("interface_type", interface.interface_type);
    visit("loopback_type", interface.loopback_type);
    visit("vlan_id", interface.vlan_id);
    visit("ip_net", interface.ip_net);
    visit("node_segment_idx", interface.node_segment_idx);
    visit("user_tunnel_endpoint", interface.user_tunnel_endpoint);
    interface.mtu = kInterfaceMtu;
    return visit.outcome();
}

Outcome read_legacy_body(ValueReader& in, std::uint8_t variant, Interface& interface) {
    if (variant == 0) return read_first_form(in, interface);
    // A variant that this build does not know has an unknown length.
    if (variant > 3) return Outcome::Lost;
    WithoutSegments visit(in);
    Interface::fields(interface, visit);
    if (variant < 3 || visit.outcome() != Outcome::Ok) return visit.outcome();
    std::vector<NodeSegment> dropped;
    return in.read(dropped);
}

}  // namespace

void AccountReader::note(Outcome outcome, const char* name) {
    switch (outcome) {
        case Outcome::Ok:
            return;
        case Outcome::Bad:
            if (notes_) notes_->bad_field = true;
            return;
        case Outcome::Overlong:
            overlong_ = name;
            [[fallthrough]];
        case Outcome::Cut:
            if (notes_) notes_->cut_inside_field = true;
            return stop();
        case Outcome::Lost:
            if (notes_) notes_->bad_field = true;
            return stop();
    }
}

void AccountReader::skip_type() {
    static_cast<void>(in_.bytes().u8());
}

void AccountReader::finish() {
    if (notes_) notes_->ignored_bytes = in_.remaining();
}

void AccountReader::operator()(const char* name, LegacySlot<std::vector<Interface>> slot) {
    if (!live_) return;
    if (in_.empty()) return stop();
    note(read_legacy(slot.interfaces), name);
}

Outcome AccountReader::read_legacy(std::vector<Interface>& interfaces) {
    std::uint32_t count = 0;
    if (const Outcome outcome = in_.read(count); outcome != Outcome::Ok) return outcome;
    if (count > kMaxInterfaces || count > in_.remaining()) return Outcome::Overlong;
    std::vector<Interface> list;
    Outcome whole = Outcome::Ok;
    for (std::uint32_t i = 0; i < count && whole != Outcome::Lost; ++i) {
        std::uint8_t variant = 0;
        Interface interface;
        Outcome outcome = in_.read(variant);
        if (outcome == Outcome::Ok) outcome = read_legacy_body(in_, variant, interface);
        if (outcome == Outcome::Cut || outcome == Outcome::Overlong) return outcome;
        if (notes_) notes_->legacy_interface_variants.push_back(variant);
        // A form whose end is unknown leaves a placeholder and ends what can be read of the account.
        if (outcome == Outcome::Lost) interface = {};
        list.push_back(std::move(interface));
        if (outcome != Outcome::Ok) whole = outcome;
    }
    interfaces = std::move(list);
    return whole;
}

void AccountReader::operator()(const char* name, SizedSlot<std::vector<Interface>> slot) {
    if (!live_) return;
    if (in_.empty()) return stop();
    std::vector<Interface> list;
    const Outcome outcome = read_sized(list);
    note(outcome, name);
    if (outcome != Outcome::Ok || list.empty()) return;
    if (notes_) notes_->interface_lists_differ = list.size() != slot.interfaces.size();
    slot.interfaces = std::move(list);
}

Outcome AccountReader::read_sized(std::vector<Interface>& interfaces) {
    std::uint32_t count = 0;
    if (const Outcome outcome = in_.read(count); outcome != Outcome::Ok) return outcome;
    if (count > kMaxInterfaces || count > in_.remaining() / kSizedPrefix) return Outcome::Overlong;
    for (std::uint32_t i = 0; i < count; ++i) {
        std::uint16_t size = 0;
        Interface interface;
        if (const Outcome outcome = in_.read(size); outcome != Outcome::Ok) return outcome;
        if (const Outcome outcome = in_.read(interface.version); outcome != Outcome::Ok) return outcome;
        if (size < kSizedPrefix) return Outcome::Lost;
        const auto body = in_.bytes().take(std::size_t{size} - kSizedPrefix);
        if (!body) return Outcome::Cut;
        // Missing members default and surplus bytes of a later version are skipped, as in a whole account.
        AccountReader visit(*body, nullptr);
        Interface::fields(interface, visit);
        interfaces.push_back(std::move(interface));
    }
    return Outcome::Ok;
}

void AccountReader::operator()(const char*, TailSlot<Bytes> slot) {
    if (!live_) return;
    const std::size_t at = size_ - in_.remaining();
    if (size_ <= slot.offset || at > slot.offset) return stop();
    const auto padding = in_.bytes().take(slot.offset - at);
    const ByteView rest = in_.bytes().rest();
    if (padding) slot.bytes.assign(rest.begin(), rest.end());
}

}  // namespace dz::ledger::codec
