#include "host/client_ip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dz::host {

namespace {
// Any public destination shows the default route. Several, since one that a device announces leads into the
// tunnel and then says nothing about the way outside.
constexpr std::array<std::uint32_t, 4> kProbes = {
    0x08080808,  // 8.8.8.8
    0x01010101,  // 1.1.1.1
    0x09090909,  // 9.9.9.9
    0xd043dede,  // 208.67.222.222
};
}  // namespace

ClientIpFinder::ClientIpFinder(EventLoop& loop, Clock& clock, netlink::Kernel& kernel,
                               PublicIpService& service, Log log, Config config)
    : clock_(clock),
      kernel_(kernel),
      service_(service),
      log_(std::move(log)),
      config_(config),
      wake_(loop, clock) {
    if (config_.address) {
        current_ = {.address = config_.address, .method = ClientIpMethod::Flag, .reason = ""};
    } else {
        current_.reason = "not looked up yet";
    }
}

void ClientIpFinder::configure(std::optional<Ipv4> address, bool ask_outside) {
    config_.address = address;
    config_.ask_outside = ask_outside;
    candidate_.reset();
    if (address) change_to({.address = address, .method = ClientIpMethod::Flag, .reason = ""});
    wake_.set();
}

Task<> ClientIpFinder::run() {
    if (current_.address)
        log_.info("client ip", {{"address", *current_.address}, {"method", to_string(current_.method)}});
    for (;;) {
        Duration wait = 24h;  // until `reconsider`
        if (!config_.address) {
            auto found = co_await look();
            // Somebody may have given one meanwhile.
            if (!config_.address) wait = digest(std::move(found));
        }
        co_await wake_.wait_until(clock_.now() + wait);
    }
}

Duration ClientIpFinder::digest(Result<Found> found) {
    if (!found) {
        ++failures_;
        report(std::move(found).error().text);
        return retry_delay();
    }
    failures_ = 0;
    use(*found);
    if (candidate_) return config_.settle;
    return found->method == ClientIpMethod::External ? config_.ask_anew : 24h;
}

Task<Result<ClientIpFinder::Found>> ClientIpFinder::look() {
    const auto source = co_await default_route_source();
    const bool is_public = source && is_global(*source);
    inner_ = is_public ? std::nullopt : source;
    if (is_public) co_return Found{*source, ClientIpMethod::DefaultRoute};
    const std::string why =
        source ? fmt::format("the default route leaves from {}, which is not public", *source)
               : std::string("no default route leads outside");
    if (!config_.ask_outside) co_return fail(Errc::NotFound, why + "; -public-ip-lookup is off");
    const bool asked_lately = last_asked_ && clock_.now() < *last_asked_ + config_.ask_again;
    if (current_.address && current_.method == ClientIpMethod::External && asked_lately && !candidate_) {
        co_return Found{*current_.address, ClientIpMethod::External};
    }
    last_asked_ = clock_.now();
    auto address = co_await service_.ask();
    if (!address) co_return wrap(std::move(address).error(), why);
    co_return Found{*address, ClientIpMethod::External};
}

Task<std::optional<Ipv4>> ClientIpFinder::default_route_source() {
    for (const std::uint32_t probe : kProbes) {
        const auto path = co_await kernel_.route_to(Ipv4(probe));
        if (path && !is_tunnel_name(path->device)) co_return path->source;
    }
    co_return std::nullopt;
}

void ClientIpFinder::use(const Found& found) {
    if (current_.address && *current_.address != found.address && candidate_ != found.address) {
        candidate_ = found.address;
        return;
    }
    candidate_.reset();
    change_to({.address = found.address, .method = found.method, .reason = "", .inner = inner_});
}

void ClientIpFinder::change_to(ClientIp next) {
    if (next == current_) return;
    if (next.address != current_.address)
        log_.info("client ip", {{"address", *next.address}, {"method", to_string(next.method)}});
    current_ = std::move(next);
    if (notify_) notify_();
}

void ClientIpFinder::report(std::string reason) {
    candidate_.reset();
    if (current_.reason == reason) return;
    current_.reason = std::move(reason);
    current_.inner = inner_;
    log_.warn("client ip not found, trying again", {{"error", current_.reason}});
    if (notify_) notify_();
}

Duration ClientIpFinder::retry_delay() const {
    const int doublings = std::clamp(failures_ - 2, 0, 16);
    return std::min(config_.first_retry * (1 << doublings), config_.max_retry);
}

}  // namespace dz::host
