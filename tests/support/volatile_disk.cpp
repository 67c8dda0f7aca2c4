#include "tests/support/volatile_disk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/result.hpp"

namespace dz::test {

namespace {

constexpr std::size_t kSector = 512;

/// What SQLite allocates for an open file; its first member is SQLite's, by SQLite's rules.
struct Handle {
    ::sqlite3_file base;
    VolatileDisk* disk;
    std::shared_ptr<VolatileDisk::File> file;
    /// The first sync of a new journal or log syncs its name, and with it all names, as the real one does.
    bool syncs_names;
};

Handle& handle_of(::sqlite3_file* file) {
    return *static_cast<Handle*>(static_cast<void*>(file));
}

VolatileDisk& disk_of(::sqlite3_vfs* vfs) {
    return *static_cast<VolatileDisk*>(vfs->pAppData);
}

int close_file(::sqlite3_file* file) {
    handle_of(file).file.~shared_ptr();
    return SQLITE_OK;
}

int read_file(::sqlite3_file* file, void* to, int amount, ::sqlite3_int64 at) {
    const Handle& handle = handle_of(file);
    if (handle.disk->is_off()) return SQLITE_IOERR_READ;
    const Bytes& seen = handle.file->seen;
    const auto offset = std::min(static_cast<std::size_t>(at), seen.size());
    const auto wanted = static_cast<std::size_t>(amount);
    const auto count = std::min(wanted, seen.size() - offset);
    std::memset(to, 0, wanted);
    if (count != 0) std::memcpy(to, seen.data() + offset, count);
    return count == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(::sqlite3_file* file, const void* from, int amount, ::sqlite3_int64 at) {
    const Handle& handle = handle_of(file);
    if (!handle.disk->change()) return SQLITE_IOERR_WRITE;
    const auto* const bytes = static_cast<const std::uint8_t*>(from);
    handle.file->write({static_cast<std::size_t>(at), Bytes(bytes, bytes + amount), false});
    return SQLITE_OK;
}

int truncate_file(::sqlite3_file* file, ::sqlite3_int64 size) {
    const Handle& handle = handle_of(file);
    if (!handle.disk->change()) return SQLITE_IOERR_TRUNCATE;
    handle.file->write({static_cast<std::size_t>(size), {}, true});
    return SQLITE_OK;
}

int sync_file(::sqlite3_file* file, int) {
    Handle& handle = handle_of(file);
    if (!handle.disk->change()) return SQLITE_IOERR_FSYNC;
    handle.file->sync();
    if (std::exchange(handle.syncs_names, false)) {
        if (!handle.disk->change()) return SQLITE_IOERR_DIR_FSYNC;
        handle.disk->sync_names();
    }
    return SQLITE_OK;
}

int size_of_file(::sqlite3_file* file, ::sqlite3_int64* size) {
    *size = static_cast<::sqlite3_int64>(handle_of(file).file->seen.size());
    return SQLITE_OK;
}

// One process at a time uses the disk.
int lock_file(::sqlite3_file*, int) {
    return SQLITE_OK;
}
int check_lock(::sqlite3_file*, int* locked) {
    *locked = 0;
    return SQLITE_OK;
}

int control_file(::sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}
int sector_size(::sqlite3_file*) {
    return static_cast<int>(kSector);
}
// As the real one says it: a write leaves the bytes around it alone. Nothing about order or atomicity.
int characteristics(::sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

const ::sqlite3_io_methods kMethods = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_of_file,
    .xLock = lock_file,
    .xUnlock = lock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(::sqlite3_vfs* vfs, const char* name, ::sqlite3_file* out, int flags, int* out_flags) {
    out->pMethods = nullptr;
    VolatileDisk& disk = disk_of(vfs);
    if (disk.is_off()) return SQLITE_CANTOPEN;
    // Temporary files of SQLite's own have no name and survive nothing.
    std::shared_ptr<VolatileDisk::File> file;
    bool is_new = false;
    if (name != nullptr) {
        const auto found = disk.names().find(name);
        if (found != disk.names().end()) file = found->second;
        if (!file && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    }
    if (!file) {
        if (!disk.change()) return SQLITE_CANTOPEN;
        file = std::make_shared<VolatileDisk::File>();
        is_new = true;
        if (name != nullptr) disk.names()[name] = file;
    }
    const bool is_log = (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
    new (out) Handle{{&kMethods}, &disk, std::move(file), is_new && is_log};
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
}

int delete_file(::sqlite3_vfs* vfs, const char* name, int sync_directory) {
    VolatileDisk& disk = disk_of(vfs);
    if (!disk.change()) return SQLITE_IOERR_DELETE;
    if (disk.names().erase(name) == 0) return SQLITE_IOERR_DELETE_NOENT;
    if (sync_directory == 0) return SQLITE_OK;
    if (!disk.change()) return SQLITE_IOERR_DIR_FSYNC;
    disk.sync_names();
    return SQLITE_OK;
}

int access_file(::sqlite3_vfs* vfs, const char* name, int, int* out) {
    VolatileDisk& disk = disk_of(vfs);
    if (disk.is_off()) return SQLITE_IOERR_ACCESS;
    const auto found = disk.names().find(name);
    // A journal of no bytes holds nothing to roll back.
    *out = found != disk.names().end() && !found->second->seen.empty() ? 1 : 0;
    return SQLITE_OK;
}

int full_name(::sqlite3_vfs*, const char* name, int room, char* out) {
    ::sqlite3_snprintf(room, out, "%s", name);
    return SQLITE_OK;
}

void put(Bytes& content, const VolatileDisk::Write& write) {
    if (write.truncates) {
        content.resize(write.offset);
        return;
    }
    content.resize(std::max(content.size(), write.offset + write.bytes.size()));
    std::ranges::copy(write.bytes, content.begin() + static_cast<std::ptrdiff_t>(write.offset));
}

/// The sectors of a write, of which a drive may finish some.
std::vector<VolatileDisk::Write> sectors_of(const VolatileDisk::Write& write) {
    if (write.truncates) return {write};
    std::vector<VolatileDisk::Write> sectors;
    for (std::size_t done = 0; done < write.bytes.size();) {
        const std::size_t begin = write.offset + done;
        const std::size_t count = std::min(kSector - begin % kSector, write.bytes.size() - done);
        const auto from = write.bytes.begin() + static_cast<std::ptrdiff_t>(done);
        sectors.push_back({begin, Bytes(from, from + static_cast<std::ptrdiff_t>(count)), false});
        done += count;
    }
    return sectors;
}

Bytes with_some_of(const VolatileDisk::File& file, std::minstd_rand& chance) {
    Bytes content = file.synced;
    for (const auto& write : file.unsynced) {
        for (const auto& sector : sectors_of(write))
            if (chance() % 2 == 0) put(content, sector);
    }
    return content;
}

}  // namespace

VolatileDisk::VolatileDisk() : name_(fmt::format("volatile-{}", static_cast<const void*>(this))) {
    const ::sqlite3_vfs* const real = ::sqlite3_vfs_find(nullptr);
    vfs_ = *real;  // clock, randomness, sleep
    vfs_.iVersion = 1;
    vfs_.szOsFile = sizeof(Handle);
    vfs_.mxPathname = 512;
    vfs_.pNext = nullptr;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = open_file;
    vfs_.xDelete = delete_file;
    vfs_.xAccess = access_file;
    vfs_.xFullPathname = full_name;
    DZ_ASSERT(::sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
}

VolatileDisk::~VolatileDisk() {
    ::sqlite3_vfs_unregister(&vfs_);
}

bool VolatileDisk::change() {
    if (is_off()) return false;
    return operations_++ < last_;
}

void VolatileDisk::File::write(Write what) {
    put(seen, what);
    unsynced.push_back(std::move(what));
}

void VolatileDisk::File::sync() {
    synced = seen;
    unsynced.clear();
}

void VolatileDisk::power_on(Loss loss, std::uint32_t seed) {
    std::minstd_rand chance(seed + 1);
    last_ = ~std::size_t{0};
    Names left = loss == Loss::Nothing ? names_ : synced_names_;
    if (loss == Loss::AnyPart) {
        for (const auto& [name, file] : names_)
            if (chance() % 2 == 0) left[name] = file;
        std::erase_if(left,
                      [&](const auto& named) { return !names_.contains(named.first) && chance() % 2 == 0; });
    }
    for (auto& [name, file] : left) {
        if (loss == Loss::Everything) file->seen = file->synced;
        if (loss == Loss::AnyPart) file->seen = with_some_of(*file, chance);
        file->sync();
    }
    names_ = left;
    synced_names_ = std::move(left);
}

}  // namespace dz::test
