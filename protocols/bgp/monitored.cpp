// monitored.cpp: the part of a session that a monitoring station hears of (RFC 7854).
#include <boost/system/error_code.hpp>
#include <utility>
#include <variant>

#include "protocols/bgp/bmp_exporter.hpp"
#include "protocols/bgp/connection.hpp"
#include "protocols/bgp/session.hpp"

namespace dz::bgp {

void Session::remember(const Event& event) {
    if (std::holds_alternative<Leave>(event)) farewell_ = {bmp::DownReason::LocalSilence, {}};
    const auto* received = std::get_if<Received>(&event);
    if (received == nullptr) return;
    if (const auto* open = std::get_if<Open>(&received->message)) received_open_ = *open;
    if (const auto* words = std::get_if<Notification>(&received->message))
        farewell_ = {bmp::DownReason::RemoteNotification, *words};
    // The state machine has nothing to learn from an End-of-RIB, but a station has.
    const auto* update = std::get_if<Update>(&received->message);
    const bool complete = update != nullptr && update->end_of_rib && fsm_.config().learn_routes;
    if (complete && context_->exporter != nullptr) context_->exporter->learned(fsm_.config().remote, *update);
}

void Session::remember(const Message& sent) {
    if (const auto* open = std::get_if<Open>(&sent)) {
        sent_open_ = *open;
        farewell_ = {};
    }
    if (const auto* words = std::get_if<Notification>(&sent))
        farewell_ = {bmp::DownReason::LocalNotification, *words};
}

void Session::tell_up() {
    if (context_->exporter == nullptr) return;
    const PeerConfig& config = fsm_.config();
    boost::system::error_code ignored;
    bmp::PeerUp up{.local_address = config.local,
                   .local_port = connection_->socket.local_endpoint(ignored).port(),
                   .remote_port = connection_->socket.remote_endpoint(ignored).port(),
                   .sent = sent_open_,
                   .received = received_open_};
    const bmp::Peer peer{config.remote, config.remote_asn, received_open_.identifier};
    context_->exporter->up(peer, std::move(up), rib_, counters_);
}

void Session::tell_down() {
    if (context_->exporter != nullptr) context_->exporter->down(fsm_.config().remote, farewell_);
}

}  // namespace dz::bgp
