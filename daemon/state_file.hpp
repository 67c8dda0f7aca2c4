// daemon/state_file.hpp: the one thing the daemon remembers: whether it shall have tunnels (daemon.md 4.9).
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.hpp"

namespace dz::daemon {

/// What was found at start.
struct SavedState {
    bool enabled = false;
    /// What is wrong with the files: then nobody has decided, and `enabled` is false.
    std::optional<Error> damage{};
    /// There is no state.json yet: `settle` is to be called, when there is time for it.
    bool unsettled = false;

    bool operator==(const SavedState&) const = default;
};

/// `<directory>/state.json`, whose content is exactly {"reconciler_enabled":true} or ...false}, no newline.
class StateFile {
  public:
    explicit StateFile(std::filesystem::path directory);

    /// Reads state.json, or what doublezerod.json of older versions says where that is missing. A damaged
    /// file is set aside; nothing here is fatal, and nothing waits for a disk in the usual case.
    SavedState load() const;

    /// The first `save`: also removes what older versions left, which has been taken over then.
    Result<> settle(bool enabled) const;

    /// Durable when it returns. Creates the directory (0755).
    Result<> save(bool enabled) const;

    const std::filesystem::path& path() const { return path_; }

  private:
    SavedState first_start() const;

    std::filesystem::path path_;
    std::filesystem::path old_path_;  ///< of versions that kept the provisioned tunnels
};

}  // namespace dz::daemon
