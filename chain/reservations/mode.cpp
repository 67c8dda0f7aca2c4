#include "chain/reservations/mode.hpp"

#include <cstdlib>

namespace dz::reservations {

namespace {

std::string told(Stage stage, const Failure& reason) {
    return std::string(stage == Stage::Begin ? "start" : "end") + " of reservations: " + reason.to_string();
}

}  // namespace

Features Features::from(const std::function<const char*(const char*)>& variable) {
    const auto is_on = [&](const char* name) {
        const char* const value = variable(name);
        return value != nullptr && std::string_view(value) == "1";
    };
    return {.reserve = is_on("LEDGER_ENABLE_BLOCK_RESERVATIONS") || is_on("LOTUS_ENABLE_TIPSET_RESERVATIONS"),
            .strict = is_on("LEDGER_ENABLE_BLOCK_RESERVATIONS_STRICT") ||
                      is_on("LOTUS_ENABLE_TIPSET_RESERVATIONS_STRICT")};
}

Features Features::from_environment() {
    return from([](const char* name) { return std::getenv(name); });
}

std::string_view to_string(Mode mode) {
    switch (mode) {
        case Mode::Legacy:
            return "legacy";
        case Mode::Lax:
            return "lax";
        case Mode::Strict:
            return "strict";
        case Mode::Active:
            break;
    }
    return "active";
}

Mode mode_of(std::uint32_t version, Features features) {
    if (version >= kActivationVersion) return Mode::Active;
    if (!features.reserve) return Mode::Legacy;
    return features.strict ? Mode::Strict : Mode::Lax;
}

std::string_view to_string(Stage stage) {
    return stage == Stage::Begin ? "begin" : "end";
}

std::string BlockInvalid::text() const {
    return told(stage, reason);
}

std::string NodeError::text() const {
    return told(stage, reason);
}

Verdict judge(Stage stage, Mode mode, Failure failure) {
    DZ_ASSERT(mode != Mode::Legacy);
    switch (class_of(failure.kind)) {
        case Class::Capability:
            if (mode == Mode::Active) return NodeError{stage, std::move(failure)};
            return Fallback{std::move(failure)};
        case Class::Reservation:
            if (mode == Mode::Lax) return Fallback{std::move(failure)};
            return BlockInvalid{stage, std::move(failure)};
        case Class::Node:
            break;
    }
    return NodeError{stage, std::move(failure)};
}

}  // namespace dz::reservations
