#include "netlink/linux_requests.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "netlink/linux_encode.hpp"

namespace dz::netlink {
namespace {

namespace asio = boost::asio;

// If all of a batch fails, its answers must fit the receive buffer that an unprivileged socket gets (208
// KiB).
constexpr std::size_t kBatch = 128;
// About 2,500 routes of a dump; then others get their turn on the loop.
constexpr int kDatagramsInARow = 8;
constexpr int kDumpAttempts = 8;

bool stopped(const asio::cancellation_state& state) {
    return state.cancelled() != asio::cancellation_type::none;
}

/// The kernel's own words where it has some: "Nexthop has invalid gateway". Its numbers alone mislead: a
/// route that is not there is "no such process".
std::string words_for(const Answer& answer, const Error& standard) {
    if (!answer.reason.empty()) return answer.reason;
    if (standard.code == Errc::NotFound) return "it is not there";
    if (standard.code == Errc::Exists) return "it is there already";
    return standard.text;
}

std::unexpected<Error> refusal(const Answer& answer) {
    if (answer.error == EPERM || answer.error == EACCES)
        return fail(Errc::Permission, "not permitted: run as root, or grant CAP_NET_ADMIN in the unit file",
                    answer.error);
    const Error standard = fail_errno(answer.error, "the kernel refuses").error();
    return fail(standard.code, words_for(answer, standard), answer.error);
}

std::unexpected<Error> refusal(const Answer& answer, const Change& change) {
    if (answer.error == EOPNOTSUPP && std::holds_alternative<Add<Tunnel>>(change))
        return fail(
            Errc::Unsupported,
            "this kernel has no GRE: load it with `modprobe ip_gre`, or install the kernel's extra modules",
            answer.error);
    return refusal(answer);
}

/// What the kernel would not refuse though it should.
Result<> check(const Change& change) {
    const auto* add = std::get_if<Add<Tunnel>>(&change);
    if (add == nullptr) return {};
    // Linux makes up a name for a link without one.
    if (!is_link_name(add->what.name)) return fail(Errc::BadValue, "not a name of a link");
    if (!add->what.plain) return fail(Errc::BadValue, "only plain tunnels can be added");
    return {};
}

}  // namespace

Requests::Turn::~Turn() {
    if (requests_ == nullptr) return;
    requests_->busy_ = false;
    requests_->queue_.cancel_one();
}

Requests::Requests(EventLoop& loop, Socket socket)
    : socket_(std::move(socket)), queue_(loop, asio::steady_timer::time_point::max()) {}

Task<Result<Requests::Turn>> Requests::turn() {
    while (busy_) {
        boost::system::error_code woken;
        co_await queue_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        if (stopped(co_await asio::this_coro::cancellation_state)) {
            queue_.cancel_one();  // the call may have been for us: pass it on
            co_return fail(Errc::Cancelled, "stopped");
        }
    }
    busy_ = true;
    co_return Turn(*this);
}

Task<Result<Answer>> Requests::exchange(Bytes messages, std::uint32_t first, std::uint32_t last,
                                        Visitor visit) {
    CO_TRY_OK(socket_.send(messages));
    std::optional<Answer> answer;
    for (int in_a_row = 1; !answer; ++in_a_row) {
        CO_TRY(const auto datagram, socket_.receive());
        if (datagram) {
            datagram->for_each([&](nlmsghdr& message) {
                // Leftovers of an exchange that was cancelled have older numbers.
                if (message.nlmsg_seq - first > last - first) return;
                visit(message);
                if (message.nlmsg_seq == last && !answer) answer = decode_answer(message);
            });
            if (in_a_row % kDatagramsInARow != 0) continue;
        }
        if (stopped(co_await asio::this_coro::cancellation_state)) co_return fail(Errc::Cancelled, "stopped");
        // The kernel answers before the send returns; to find nothing here is not expected, but allowed.
        if (datagram) {
            co_await asio::post(asio::use_awaitable);
        } else {
            co_await socket_.readable();
        }
    }
    co_return *std::move(answer);
}

Task<Result<>> Requests::dump(std::uint16_t type, Visitor visit, std::function<void()> restart) {
    for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
        bool disturbed = false;
        Bytes question;
        append_dump(question, type, ++sequence_);
        CO_TRY(const auto answer,
               co_await exchange(std::move(question), sequence_, sequence_, [&](nlmsghdr& message) {
                   disturbed = disturbed || (message.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
                   visit(message);
               }));
        if (answer.error != 0) co_return refusal(answer);
        if (!disturbed) co_return Result<>{};
        restart();
    }
    co_return fail(Errc::Unavailable, "the network configuration changes faster than it can be read");
}

Task<Result<LinkMessage>> Requests::link(std::string name) {
    if (!is_link_name(name)) co_return fail(Errc::NotFound, "no link has the name '" + name + "'");
    Bytes question;
    append_get_link(question, name, ++sequence_);
    auto found = co_await ask_link(std::move(question), sequence_);
    if (!found && found.error().code == Errc::NotFound) co_return fail(Errc::NotFound, "no link " + name);
    co_return found;
}

Task<Result<LinkMessage>> Requests::link(int index) {
    Bytes question;
    append_get_link(question, index, ++sequence_);
    return ask_link(std::move(question), sequence_);
}

Task<Result<LinkMessage>> Requests::ask_link(Bytes question, std::uint32_t number) {
    std::optional<LinkMessage> found;
    CO_TRY(const auto answer, co_await exchange(std::move(question), number, number, [&](nlmsghdr& message) {
               if (message.nlmsg_type == RTM_NEWLINK) found = decode_link(message);
           }));
    if (answer.error != 0) co_return refusal(answer);
    if (!found) co_return fail(Errc::Internal, "the kernel's description of a link is unreadable");
    co_return *std::move(found);
}

Task<Result<RouteAnswer>> Requests::route(Ipv4 destination) {
    Bytes question;
    append_get_route(question, destination, ++sequence_);
    std::optional<RouteAnswer> found;
    CO_TRY(const auto answer,
           co_await exchange(std::move(question), sequence_, sequence_, [&](nlmsghdr& message) {
               if (message.nlmsg_type == RTM_NEWROUTE) found = decode_route_answer(message);
           }));
    // Unreachable, prohibited, discarded: the number differs, the meaning for us does not.
    if (answer.error != 0)
        co_return fail(Errc::NotFound, "no route to " + destination.to_string(), answer.error);
    if (!found) co_return fail(Errc::Internal, "the kernel's answer about a route is unreadable");
    co_return *std::move(found);
}

Task<Result<int>> Requests::index_for(const Change& change) {
    CO_TRY_OK(check(change));
    const auto name = link_of(change);
    if (!name) co_return 0;
    CO_TRY(const LinkMessage found, co_await link(std::string(*name)));
    const bool needs_tunnel =
        std::holds_alternative<Remove<Tunnel>>(change) || std::holds_alternative<SetEndpoints>(change);
    if (needs_tunnel && !found.is_tunnel()) co_return fail(Errc::BadValue, "not a GRE tunnel");
    co_return found.index;
}

Task<std::size_t> Requests::apply_some(const std::vector<Change>& changes, std::size_t next,
                                       std::vector<Result<>>& results) {
    std::vector<Member> batch;
    next = co_await gather(changes, next, batch, results);
    if (!batch.empty()) co_await send(changes, batch, results);
    co_return next;
}

Task<std::size_t> Requests::gather(const std::vector<Change>& changes, std::size_t next,
                                   std::vector<Member>& batch, std::vector<Result<>>& results) {
    // Valid within one batch: the kernel carries that out before anybody else gets a word in.
    std::map<std::string, Result<int>, std::less<>> indexes;
    for (bool alone = false; next < changes.size() && batch.size() < kBatch && !alone; ++next) {
        alone = changes_links(changes[next]);
        if (alone && !batch.empty()) break;
        const auto name = link_of(changes[next]);
        const auto known = name ? indexes.find(*name) : indexes.end();
        auto link = known == indexes.end() ? co_await index_for(changes[next]) : known->second;
        if (name && known == indexes.end()) indexes.emplace(*name, link);
        if (link) {
            batch.push_back({next, *link});
        } else {
            results[next] = std::unexpected(std::move(link).error());
        }
    }
    co_return next;
}

Task<> Requests::send(const std::vector<Change>& changes, const std::vector<Member>& batch,
                      std::vector<Result<>>& results) {
    Bytes messages;
    const std::uint32_t first = sequence_ + 1;
    for (const Member& member : batch) append(messages, changes[member.change], member.link, ++sequence_);
    append_barrier(messages, ++sequence_);

    std::vector<bool> answered(batch.size());
    const auto done = co_await exchange(std::move(messages), first, sequence_, [&](nlmsghdr& message) {
        const std::size_t at = message.nlmsg_seq - first;
        const auto answer = decode_answer(message);
        if (at >= batch.size() || !answer || answer->error == 0) return;
        answered[at] = true;
        results[batch[at].change] = refusal(*answer, changes[batch[at].change]);
    });
    if (done) co_return;
    for (std::size_t at = 0; at < batch.size(); ++at)
        if (!answered[at]) results[batch[at].change] = wrap(done.error(), "outcome unknown");
}

}  // namespace dz::netlink
