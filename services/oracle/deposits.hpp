// services/oracle/deposits.hpp: one fresh address for each reservation, and the keys behind them.
//
// Addresses are m/44'/501'/i' of one seed. An address that a client was told is never told to another, paid
// or not: a late payment must not count for somebody else. What was given out before a restart comes back
// from the journal.
#pragma once

#include <filesystem>
#include <string>

#include "ledger/keypair.hpp"
#include "services/oracle/reservation.hpp"
#include "wallet/address_pool.hpp"

namespace dz::oracle {

/// An address that nobody else has.
struct Lease {
    std::uint32_t index = 0;
    PublicKey address;
};

class Deposits {
  public:
    /// Errors: BadValue when `seed` has not 16 to 64 bytes.
    static Result<Deposits> make(ByteView seed);

    Result<Lease> lease();
    /// Nobody was told of it: it may be given out again. Any other lease is for good.
    void give_back(std::uint32_t index);
    /// A payment arrived there.
    void mark_used(std::uint32_t index);

    /// Takes up what the journal says, before the first `lease`. Errors: BadValue when the address is not of
    /// this seed.
    Result<> attach(const Reservation& reservation);

    /// To sign for what lies there.
    Result<ledger::Keypair> key(std::uint32_t index) const;

  private:
    Deposits(wallet::KeySource source, wallet::AddressPool pool)
        : source_(std::move(source)), pool_(std::move(pool)) {}

    wallet::KeySource source_;
    wallet::AddressPool pool_;
};

/// The seed in `path`: hexadecimal digits. Errors: those of reading; Permission when others may read the
/// file; BadValue when it is something else, never showing what.
Result<Bytes> read_seed(const std::filesystem::path& path);

}  // namespace dz::oracle
