#include "services/oracle/deposits.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/files.hpp"
#include "wallet/ed_key.hpp"
#include "wallet/secret.hpp"

namespace dz::oracle {

namespace {

constexpr ::mode_t kOthers = 077;
constexpr std::size_t kMaxSeedFile = 512;

wallet::Path base_path() {
    return {wallet::hardened(44), wallet::hardened(501)};
}

wallet::PoolConfig pool_config() {
    return {.base_path = base_path(),
            .type = wallet::PoolType::AbsentHardened,
            .address_type = wallet::AddressType::Ed25519,
            .network = wallet::Network::Mainnet,
            .gap_limit = 1,
            .leaf_suffix = {}};
}

}  // namespace

Result<Deposits> Deposits::make(ByteView seed) {
    TRY(const auto master, wallet::EdPrivateKey::master(seed));
    TRY(auto account, master.derive(base_path()));
    wallet::KeySource source(std::move(account));
    TRY(auto pool, wallet::AddressPool::make(pool_config(), {}, source));
    return Deposits(std::move(source), std::move(pool));
}

Result<Lease> Deposits::lease() {
    TRY(const auto reservation, pool_.next_unused_and_reserve(source_));
    TRY(const auto address, PublicKey::parse(reservation.address));
    return Lease{reservation.index, address};
}

void Deposits::give_back(std::uint32_t index) {
    pool_.release_reservation(index);
}

void Deposits::mark_used(std::uint32_t index) {
    pool_.mark_index_used(index);
}

Result<> Deposits::attach(const Reservation& reservation) {
    TRY(const auto taken, pool_.reserve_index(reservation.index, source_));
    if (taken.address != reservation.deposit.to_string())
        return fail(
            Errc::BadValue,
            fmt::format("reservation {} has the deposit address {}, but the seed gives {} for number {}: "
                        "this journal belongs to another seed",
                        reservation.id, reservation.deposit.to_string(), taken.address, reservation.index));
    if (reservation.received >= reservation.price) pool_.mark_index_used(reservation.index);
    return {};
}

Result<ledger::Keypair> Deposits::key(std::uint32_t index) const {
    return source_.signer(pool_.leaf_path(index));
}

Result<Bytes> read_seed(const std::filesystem::path& path) {
    struct ::stat status{};
    const bool exists = ::stat(path.c_str(), &status) == 0;
    if (exists && (status.st_mode & kOthers) != 0)
        return fail(
            Errc::Permission,
            fmt::format("the seed file {} has mode {:04o}, so others may take all deposits: chmod 600 {}",
                        path.string(), status.st_mode & 07777U, path.string()));
    auto text = files::read(path, kMaxSeedFile);
    if (!text)
        return wrap(text.error(),
                    fmt::format("seed file {} (make one: openssl rand -hex 32)", path.string()));
    while (!text->empty() && (text->back() == '\n' || text->back() == ' ')) text->pop_back();
    auto seed = from_hex(*text);
    wallet::wipe(*text);
    // Its error would show what is in the file.
    if (!seed || seed->size() < 16 || seed->size() > 64)
        return fail(Errc::BadValue,
                    fmt::format("the seed file {} does not hold 32 to 128 hexadecimal digits; make one: "
                                "openssl rand -hex 32",
                                path.string()));
    return seed;
}

}  // namespace dz::oracle
