// reconciler/owned.hpp: which routing rules are ours.
//
// A link has a name and a route has its link, but a rule bears nothing that another program could not have
// chosen too. So each one is written down before it is made, in `<state-dir>/owned.json`, and what is not
// written down is left alone. A host where nothing was ever written down may come from the reference daemon,
// which keeps no such record: there, and only there, the mark is enough (`is_our_rule`).
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker.hpp"
#include "netlink/types.hpp"
#include "reconciler/state.hpp"

namespace dz::reconciler {

/// The record. A value.
class OwnedRules {
  public:
    /// Nothing was ever written down: the mark decides.
    OwnedRules() = default;
    /// In any order.
    explicit OwnedRules(std::vector<netlink::Rule> rules);

    /// Given that it bears our mark.
    bool is_ours(const netlink::Rule& rule) const;
    /// It was written down, so it may be made.
    bool has(const netlink::Rule& rule) const;
    /// Leaves in `state` the rules that are ours.
    void narrow(State& state) const;

    bool operator==(const OwnedRules&) const = default;

  private:
    std::optional<std::vector<netlink::Rule>> rules_;  ///< sorted
};

/// Where the record is kept. Outlives the process.
class OwnedStore {
  public:
    virtual ~OwnedStore() = default;

    /// Errors: NotFound where nothing was ever written down; BadValue where the record was damaged, with what
    /// became of it; Io, Permission.
    virtual Task<Result<std::vector<netlink::Rule>>> load() = 0;
    /// Durable when it returns. Errors: Io, Permission.
    virtual Task<Result<>> save(std::vector<netlink::Rule> rules) = 0;
};

/// {"rules":[{"priority":100,"to":"203.0.113.0/24","table":100}]}
std::string encode_owned(const std::vector<netlink::Rule>& rules);
/// Errors: BadValue, also for a rule that does not bear our mark: such a one we never write.
Result<std::vector<netlink::Rule>> parse_owned(std::string_view text);

/// A file. A damaged one is set aside.
class OwnedFile final : public OwnedStore {
  public:
    /// `worker` must outlive it.
    OwnedFile(Worker& worker, const std::filesystem::path& state_directory);

    Task<Result<std::vector<netlink::Rule>>> load() override;
    Task<Result<>> save(std::vector<netlink::Rule> rules) override;

  private:
    Worker& worker_;
    std::filesystem::path path_;
};

}  // namespace dz::reconciler
