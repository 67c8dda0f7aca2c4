// cli/oracle_access.hpp: commands that speak to a reservation oracle, and what they check before they sign.
#pragma once

#include <optional>
#include <string>

#include "base/http_client.hpp"
#include "cli/context.hpp"
#include "ledger/submit.hpp"
#include "services/oracle/api/client.hpp"

namespace dz::cli {

/// Which oracle, and with which token. Unset ones are taken from the settings: DZ_ORACLE_URL and
/// DZ_ORACLE_TOKEN_FILE.
struct OracleOptions {
    std::optional<std::string> url, token_file;
};

/// An oracle to speak to. Lives on the context's loop.
class Oracle {
  public:
    /// Errors: neither URL nor token, or a token file that others may read; each with its remedy.
    static Result<Oracle> find(const OracleOptions& options, Context& context);

    oracle::api::Client& api() { return *api_; }

  private:
    explicit Oracle(EventLoop& loop) : http_(std::make_unique<http::Client>(loop)) {}
    std::unique_ptr<http::Client> http_;
    std::optional<oracle::api::Client> api_;
};

/// `error` of a call to the oracle as a person reads it.
std::unexpected<Error> oracle_failure(std::string_view what, const Error& error);

/// Turns a paid reservation into a user: gets the oracle's half of the transaction, compares it with what it
/// must be, signs and sends it. Errors: the reservation is not ready, is for another key or, where given,
/// another address; the transaction is not what was agreed on.
struct SettleRequest {
    std::string id;
    bool allocate_address = false;
    std::optional<Ipv4> client_ip;  ///< that the reservation must be for
};
Task<Result<ledger::Signature>> settle_reservation(SettleRequest request, Oracle& oracle, Context& context);

/// The same for this machine's address, as the daemon knows it: what `connect` does before anything else.
/// Nothing when it has been settled already.
Task<Result<std::optional<ledger::Signature>>> take_reserved_seat(OracleOptions options, std::string id,
                                                                  bool allocate_address, Context& context);

}  // namespace dz::cli
