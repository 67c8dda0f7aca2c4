#include "wallet/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/files.hpp"

namespace dz::wallet {

namespace {

constexpr ::mode_t kOwnerOnly = 0600;
constexpr ::mode_t kOwnersFolder = 0700;
/// Some 100,000 addresses.
constexpr std::size_t kPoolFileBytes = std::size_t{64} << 20U;
constexpr std::size_t kLongestName = 32;
constexpr std::string_view kWalletFile = "wallet.json";

bool is_name(std::string_view name) {
    constexpr std::string_view kGood = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    return !name.empty() && name.size() <= kLongestName &&
           name.find_first_not_of(kGood) == std::string_view::npos;
}

PoolOptions stored_options() {
    PoolOptions options;
    options.profile = Profile::Persistent;
    return options;
}

Result<std::optional<AddressPool>> read_pool_file(const std::filesystem::path& path) {
    const auto text = files::read(path, kPoolFileBytes);
    if (!text && text.error().code == Errc::NotFound) return std::optional<AddressPool>();
    if (!text) return std::unexpected(text.error());
    auto pool = AddressPool::parse(*text, stored_options());
    if (!pool) return wrap(std::move(pool).error(), path.string());
    return std::optional(*std::move(pool));
}

/// Held until the descriptor is closed, and by the kernel given up when the process dies.
Result<Descriptor> lock(const std::filesystem::path& path) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnly));
    if (!file.valid()) return fail_errno(errno, fmt::format("open {}", path.string()));
    while (::flock(file.get(), LOCK_EX) != 0) {
        if (errno != EINTR) return fail_errno(errno, fmt::format("lock {}", path.string()));
    }
    return file;
}

}  // namespace

std::span<const Chain> chains() {
    static const std::array all = {
        Chain{"solana", "Solana, as people's wallets count: m/44'/501'/i'/0'", solana_wallet()},
        Chain{"solana-deposits", "Solana, for deposits: m/44'/501'/i'", solana_deposits()},
        Chain{"dash", "Dash, receiving", dash_standard(Network::Mainnet, 0)},
        Chain{"dash-change", "Dash, change", dash_standard(Network::Mainnet, 0, PoolType::Internal)},
        Chain{"platform", "Dash Platform", dash_platform(Network::Mainnet, 0)},
        Chain{"dash-testnet", "Dash's test network, receiving", dash_standard(Network::Testnet, 0)},
        Chain{"platform-testnet", "Dash Platform's test network", dash_platform(Network::Testnet, 0)},
    };
    return all;
}

Result<const Chain*> find_chain(std::string_view name) {
    std::string all;
    for (const Chain& chain : chains()) {
        if (chain.name == name) return &chain;
        all += fmt::format("{}{}", all.empty() ? "" : ", ", chain.name);
    }
    return dz::fail(Errc::NotFound, fmt::format("there is no chain \"{}\"; choose one of {}", name, all));
}

Result<> OpenPool::save() const {
    return files::write_atomic(path_, pool.serialize(), kOwnerOnly);
}

Result<std::filesystem::path> WalletStore::folder(std::string_view name) const {
    if (is_name(name)) return directory_ / name;
    return dz::fail(
        Errc::BadValue,
        fmt::format("\"{}\" is no name of a wallet: take 1 to {} of a-z, 0-9, - and _", name, kLongestName));
}

std::filesystem::path WalletStore::wallet_path(std::string_view name) const {
    return directory_ / name / kWalletFile;
}

Result<> WalletStore::create(std::string_view name, const SealedWallet& wallet) const {
    TRY(const std::filesystem::path path, folder(name));
    TRY_OK(files::make_directories(path));
    if (::chmod(path.c_str(), kOwnersFolder) != 0)
        return fail_errno(errno, fmt::format("chmod {}", path.string()));
    return files::create_exclusive(path / kWalletFile, to_text(wallet), kOwnerOnly);
}

Result<SealedWallet> WalletStore::wallet(std::string_view name) const {
    TRY(const std::filesystem::path path, folder(name));
    TRY(const std::string text, files::read(path / kWalletFile, kWalletFileBytes));
    auto wallet = parse_wallet(text);
    if (!wallet) return wrap(std::move(wallet).error(), (path / kWalletFile).string());
    return wallet;
}

Result<std::vector<std::string>> WalletStore::names() const {
    std::vector<std::string> out;
    std::error_code error;
    for (std::filesystem::directory_iterator at(directory_, error);
         !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
        const std::string name = at->path().filename().string();
        std::error_code ignored;
        if (is_name(name) && std::filesystem::exists(at->path() / kWalletFile, ignored)) out.push_back(name);
    }
    if (error && error != std::errc::no_such_file_or_directory)
        return fail_errno(error.value(), fmt::format("list {}", directory_.string()));
    std::ranges::sort(out);
    return out;
}

Result<OpenPool> WalletStore::open_pool(std::string_view name, const Chain& chain) const {
    TRY(const std::filesystem::path path, folder(name));
    // A folder without words is none of ours to lock.
    TRY_OK(files::read(path / kWalletFile, kWalletFileBytes));
    TRY(Descriptor held, lock(path / "lock"));
    const std::filesystem::path file = path / fmt::format("{}.json", chain.name);
    TRY(auto stored, read_pool_file(file));
    if (!stored) {
        TRY(stored, AddressPool::make_empty(chain.account.pool, stored_options()));
    }
    return OpenPool(*std::move(stored), file, std::move(held));
}

Result<std::optional<AddressPool>> WalletStore::read_pool(std::string_view name, const Chain& chain) const {
    TRY(const std::filesystem::path path, folder(name));
    return read_pool_file(path / fmt::format("{}.json", chain.name));
}

}  // namespace dz::wallet
