// netlink/linux_requests.hpp: asking the kernel for things, one exchange at a time.
//
// Internal to dz::netlink_linux. Whoever calls anything but `turn` holds the turn.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "netlink/linux_decode.hpp"
#include "netlink/linux_socket.hpp"

namespace dz::netlink {

class Requests {
  public:
    /// The right to use the socket, for as long as it lives.
    class Turn {
      public:
        explicit Turn(Requests& requests) : requests_(&requests) {}
        Turn(Turn&& other) noexcept : requests_(std::exchange(other.requests_, nullptr)) {}
        Turn& operator=(Turn&&) = delete;
        ~Turn();

      private:
        Requests* requests_;
    };
    using Visitor = std::function<void(nlmsghdr&)>;

    Requests(EventLoop& loop, Socket socket);

    /// The number that marks events as caused by these requests.
    std::uint32_t port() const { return socket_.port(); }

    /// Waits until nobody else has the turn. Errors: Cancelled.
    Task<Result<Turn>> turn();

    /// Everything of one kind, by RTM_GET... type. A dump that others disturbed begins again after `restart`.
    Task<Result<>> dump(std::uint16_t type, Visitor visit, std::function<void()> restart);
    Task<Result<LinkMessage>> link(std::string name);
    Task<Result<LinkMessage>> link(int index);
    /// Errors: NotFound.
    Task<Result<RouteAnswer>> route(Ipv4 destination);

    /// Carries out as many of `changes`, from number `next` on, as go into one send. Writes their outcomes to
    /// `results` and returns the number of the first that is left.
    Task<std::size_t> apply_some(const std::vector<Change>& changes, std::size_t next,
                                 std::vector<Result<>>& results);

  private:
    /// A change by its number, and the index of the link it needs.
    struct Member {
        std::size_t change;
        int link;
    };
    /// Fills `batch` with the changes that can go together; writes the outcome of those that cannot go at
    /// all.
    Task<std::size_t> gather(const std::vector<Change>& changes, std::size_t next, std::vector<Member>& batch,
                             std::vector<Result<>>& results);
    Task<> send(const std::vector<Change>& changes, const std::vector<Member>& batch,
                std::vector<Result<>>& results);

    /// Sends `messages`, gives every answer to the numbers `first` to `last` to `visit`, and ends with the
    /// verdict on `last`.
    Task<Result<Answer>> exchange(Bytes messages, std::uint32_t first, std::uint32_t last, Visitor visit);
    Task<Result<LinkMessage>> ask_link(Bytes question, std::uint32_t number);
    /// The index `change` needs; 0 for none.
    Task<Result<int>> index_for(const Change& change);

    Socket socket_;
    std::uint32_t sequence_ = 0;
    bool busy_ = false;
    boost::asio::steady_timer queue_;  // never expires; cancel_one() wakes one who waits for the turn
};

}  // namespace dz::netlink
