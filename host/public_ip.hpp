// host/public_ip.hpp: asks somebody outside which address we come from.
#pragma once

#include "base/http_client.hpp"
#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace dz::host {

/// Port.
class PublicIpService {
  public:
    virtual ~PublicIpService() = default;
    /// One question, no retries. Errors: those of `http::Client`; Rejected (not 200), BadValue (no IPv4).
    virtual Task<Result<Ipv4>> ask() = 0;
};

/// GET https://ifconfig.me/ip, 5 s, at most 256 bytes.
class IfconfigMe final : public PublicIpService {
  public:
    explicit IfconfigMe(http::Client& client) : client_(client) {}
    Task<Result<Ipv4>> ask() override;

  private:
    http::Client& client_;
};

/// The body of such an answer: an IPv4 address with blanks around it. Errors: BadValue.
Result<Ipv4> parse_public_ip(std::string_view body);

}  // namespace dz::host
