// cli/progress.hpp: what goes on, for a person who waits. On stderr, never on stdout.
//
// On a terminal a spinner line is redrawn in place; elsewhere, or with NO_COLOR and --no-progress, each new
// message is one quiet line.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace dz::cli {

enum class ProgressStyle { Spinner, Lines, Silent };

class Progress {
  public:
    /// `err` and `clock` must outlive it.
    Progress(std::ostream& err, Clock& clock, EventLoop& loop, ProgressStyle style);
    /// Clears the spinner.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// What is being done now.
    void say(std::string_view message);
    /// Clears the spinner so that something else can be printed; `say` draws it again.
    void clear();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dz::cli
