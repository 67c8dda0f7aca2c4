// tests/reservations/spy_engine.hpp: an engine that answers what it is told to, and counts who asked.
#pragma once

#include <optional>

#include "chain/reservations/engine.hpp"

namespace dz::test {

struct SpyEngine final : reservations::Engine {
    std::optional<reservations::Failure> begin_with, end_with;
    int begun = 0, ended = 0, aborted = 0;

    reservations::Expected<> begin(const reservations::Plan&) override {
        ++begun;
        return answer(begin_with);
    }
    reservations::Expected<> end() override {
        ++ended;
        return answer(end_with);
    }
    void abort() override { ++aborted; }

  private:
    static reservations::Expected<> answer(const std::optional<reservations::Failure>& failure) {
        if (failure) return std::unexpected(*failure);
        return {};
    }
};

}  // namespace dz::test
