#include "doctor/finding.hpp"

#include <algorithm>

namespace dz::doctor {

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::Good:
            return "ok";
        case Verdict::Warning:
            return "warning";
        case Verdict::Bad:
            return "bad";
        case Verdict::Skipped:
            return "skipped";
    }
    return "";
}

bool healthy(const std::vector<Finding>& findings) {
    return std::ranges::none_of(findings, [](const Finding& one) { return one.verdict == Verdict::Bad; });
}

json::Ordered to_json(const std::vector<Finding>& findings) {
    json::Ordered list = json::Ordered::array();
    for (const Finding& one : findings) {
        list.push_back({{"check", one.check},
                        {"verdict", to_string(one.verdict)},
                        {"text", one.text},
                        {"evidence", one.evidence},
                        {"remedy", one.remedy}});
    }
    return {{"healthy", healthy(findings)}, {"findings", std::move(list)}};
}

}  // namespace dz::doctor
