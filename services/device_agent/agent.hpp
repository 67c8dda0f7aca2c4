// services/device_agent/agent.hpp: follows the ledger and keeps one lab device as it wants it.
//
// Stands in for a switch, its agent and the network's controller. Never packaged.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "ledger/rpc.hpp"
#include "netlink/kernel.hpp"
#include "services/device_agent/rendering.hpp"

namespace dz::device_agent {

struct AgentConfig {
    Options options;
    ledger::PublicKey program;
    std::filesystem::path bird_config;
    std::filesystem::path bird_socket;
    Duration interval = 200ms;
};

class Agent {
  public:
    /// All references must outlive the agent.
    Agent(AgentConfig config, EventLoop& loop, Clock& clock, ledger::Rpc& rpc, netlink::Kernel& kernel,
          Log log);

    /// One look at the ledger and what follows from it. Errors leave the device as it is.
    Task<Result<>> pass();
    /// A pass every interval until cancelled. Logs each new error once.
    Task<> run();

  private:
    Task<Result<>> apply(std::vector<netlink::Change> changes);
    Task<Result<>> configure_bird(std::string text);

    AgentConfig config_;
    EventLoop& loop_;
    Clock& clock_;
    ledger::Rpc& rpc_;
    netlink::Kernel& kernel_;
    Log log_;
    std::string bird_text_;  ///< as last accepted by BIRD
    std::string last_error_;
};

}  // namespace dz::device_agent
