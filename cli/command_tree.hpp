// cli/command_tree.hpp: the commands and their options as CLI11 wants them. Used by parser.cpp only.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/parser.hpp"

namespace dz::cli {

/// Builds one tree. Options write into its members, so it lives as long as the command runs.
class CommandTree {
  public:
    CommandTree();
    CommandTree(const CommandTree&) = delete;
    CommandTree& operator=(const CommandTree&) = delete;

    /// As `cli::parse`, but the invocation refers to this tree.
    std::variant<Invocation, int> parse(const std::vector<std::string>& arguments, std::ostream& out,
                                        std::ostream& err);

    /// For those who walk all commands.
    const CLI::App& root() const { return app_; }

  private:
    using Run = std::function<Task<Result<>>(Context&, std::ostream&)>;
    /// Whether the version gate comes first.
    enum class Gated { No, Yes };

    static CLI::App* command(CLI::App& parent, const std::string& name, const std::string& about);
    /// A group of commands, of which one must follow.
    static CLI::App* group(CLI::App& parent, const std::string& name, const std::string& about);
    /// `run` is what `app` does.
    void on(CLI::App* app, Gated gated, Run run, const OutputStyle* style = nullptr);
    static void add_style(CLI::App* app, OutputStyle& style);

    void add_global_options();
    void add_keys();
    void add_config();
    void add_daemon();
    void add_connect();
    void add_connect_multicast(CLI::App& connect);
    Task<Result<>> run_multicast(Context& context, std::ostream& out);
    void note_ignored(Context& context) const;
    void add_disconnect();
    void add_completion();
    void add_ledger();

    CLI::App app_{"DoubleZero: join the network, leave it, see how it is doing."};
    Invocation invocation_;
    bool version_ = false;
    bool ignored_flag_ = false;
    std::string client_ip_, ignored_, shell_;
    OutputStyle style_;
    KeygenOptions keygen_;
    ConfigSetOptions config_set_;
    ConnectOptions connect_;
    MulticastChoice multicast_;
    std::string multicast_mode_;
    std::vector<std::string> multicast_groups_;
    DisconnectOptions disconnect_;
    EventsOptions events_;
    StatusOptions status_;
    LatencyOptions latency_;
};

}  // namespace dz::cli
