// support/memory_owned_store.hpp: a record of our rules that outlives the processes of a test.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "reconciler/owned.hpp"

namespace dz::test {

class MemoryOwnedStore final : public reconciler::OwnedStore {
  public:
    Task<Result<std::vector<netlink::Rule>>> load() override {
        if (!rules) co_return fail(Errc::NotFound, "nothing was written down");
        co_return *rules;
    }
    Task<Result<>> save(std::vector<netlink::Rule> what) override {
        if (broken) co_return fail(Errc::Io, "made to fail");
        rules = std::move(what);
        ++saves;
        co_return Result<>{};
    }

    std::optional<std::vector<netlink::Rule>> rules;
    bool broken = false;
    int saves = 0;
};

}  // namespace dz::test
