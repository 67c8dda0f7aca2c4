// support/volatile_disk.hpp: a disk in memory, as a SQLite file system, that forgets what was not synced.
//
// Every operation that changes the disk is a boundary at which the power can go. From then on all operations
// fail, as they do for a process that is dead, until the power is back. What is left then is what was synced,
// with as much of the rest as the test chooses: nothing, everything, or any part of it in any order, as a
// drive writes its cache. Names are synced apart from contents, as POSIX has it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace dz::test {

class VolatileDisk {
  public:
    /// What becomes of unsynced writes and names.
    enum class Loss { Everything, Nothing, AnyPart };

    VolatileDisk();
    ~VolatileDisk();
    VolatileDisk(const VolatileDisk&) = delete;
    VolatileDisk& operator=(const VolatileDisk&) = delete;

    /// The name that SQLite knows it by.
    const char* vfs() const { return name_.c_str(); }
    /// The power goes instead of the operation with this number; they count from 0 since the disk was made.
    void lose_power_at(std::size_t operation) { last_ = operation; }
    /// Changes so far.
    std::size_t operations() const { return operations_; }
    bool is_off() const { return operations_ > last_; }
    /// Chooses what is left and goes on without further losses. Nothing may be open.
    void power_on(Loss loss, std::uint32_t seed);

    // For the file system: one file, and what SQLite asks of the directory.
    struct Write {
        std::size_t offset = 0;
        Bytes bytes;
        bool truncates = false;  ///< to `offset`
    };
    struct File {
        Bytes seen;
        Bytes synced;
        std::vector<Write> unsynced;

        void write(Write what);
        void sync();
    };
    using Names = std::map<std::string, std::shared_ptr<File>>;

    /// Counts a change. False: there is no power.
    bool change();
    Names& names() { return names_; }
    void sync_names() { synced_names_ = names_; }

  private:
    std::string name_;
    ::sqlite3_vfs vfs_{};
    std::size_t operations_ = 0;
    std::size_t last_ = ~std::size_t{0};
    Names names_;
    Names synced_names_;
};

}  // namespace dz::test
