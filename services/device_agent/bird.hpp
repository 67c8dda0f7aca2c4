// services/device_agent/bird.hpp: telling a running BIRD to read its configuration again.
#pragma once

#include <filesystem>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace dz::device_agent {

/// Sends "configure" to BIRD's control socket and waits for the verdict.
/// Errors: NotFound (no socket: BIRD does not run), Rejected with BIRD's own words, Timeout, Io.
/// `loop` and `clock` must outlive the call.
Task<Result<>> bird_configure(EventLoop& loop, Clock& clock, std::filesystem::path control_socket,
                              Duration timeout = 5s);

}  // namespace dz::device_agent
