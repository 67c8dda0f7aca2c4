// doctor/commands.hpp: runs the machine's own tools: ip, nft, ping, systemctl.
//
// What the doctor sees is then what an administrator sees who types the same, and the evidence can be checked
// by hand. Commands only look; none of them changes anything.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace dz::doctor {

/// Port.
class Commands {
  public:
    virtual ~Commands() = default;
    /// What the command writes to its standard output. Errors: NotFound (not installed), Rejected (status not
    /// 0; `detail` is the status, the text what it said), Timeout, LimitExceeded (writes more than 64 MiB).
    virtual Task<Result<std::string>> run(std::vector<std::string> words) = 0;
};

class SystemCommands final : public Commands {
  public:
    /// Looks in PATH, and in the sbin folders that the PATH of most users lacks.
    SystemCommands(EventLoop& loop, Clock& clock, Duration timeout = 5s);
    Task<Result<std::string>> run(std::vector<std::string> words) override;

  private:
    EventLoop& loop_;
    Clock& clock_;
    Duration timeout_;
};

}  // namespace dz::doctor
