// doctor/finding.hpp: what one check found, what it saw, and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace dz::doctor {

enum class Verdict {
    Good,
    Warning,  ///< works, or may work, but somebody should look
    Bad,
    Skipped,  ///< cannot be judged, or is the consequence of another finding; the text says which
};

/// "ok", "warning", "bad", "skipped": also the values in JSON.
std::string_view to_string(Verdict verdict);

struct Finding {
    std::string check;  ///< "firewall": one of `kChecks`
    Verdict verdict = Verdict::Good;
    std::string text{};                   ///< one sentence without full stop
    std::vector<std::string> evidence{};  ///< what was seen, a line each: outputs of commands, answers
    /// A command for a shell that cures it, or a sentence where no command of this machine can. Empty when
    /// there is nothing to do.
    std::string remedy{};

    bool operator==(const Finding&) const = default;
};

/// False when a finding is `Bad`.
bool healthy(const std::vector<Finding>& findings);

/// {"healthy":false,"findings":[{"check":"firewall","verdict":"bad","text":"...","evidence":[],"remedy":"..."}]}
json::Ordered to_json(const std::vector<Finding>& findings);

}  // namespace dz::doctor
