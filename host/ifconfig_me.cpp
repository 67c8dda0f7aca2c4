#include <fmt/format.h>

#include "host/public_ip.hpp"

namespace dz::host {

Task<Result<Ipv4>> IfconfigMe::ask() {
    http::ClientRequest request;
    request.url = "https://ifconfig.me/ip";
    request.timeout = 5s;
    request.connect_timeout = 5s;
    request.max_body = 256;
    auto answer = co_await client_.send(std::move(request));
    if (!answer) co_return wrap(std::move(answer).error(), "ifconfig.me");
    if (answer->status != 200) {
        co_return fail(Errc::Rejected, fmt::format("ifconfig.me answered {}", answer->status),
                       answer->status);
    }
    auto address = parse_public_ip(answer->body);
    if (!address) co_return wrap(std::move(address).error(), "ifconfig.me");
    co_return *address;
}

}  // namespace dz::host
