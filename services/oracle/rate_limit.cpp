#include "services/oracle/rate_limit.hpp"

#include <algorithm>

namespace dz::oracle {

Duration Bucket::take(const Rate& rate, TimePoint now) {
    if (rate.per_second == 0) return {};
    const auto speed = static_cast<double>(rate.per_second);
    const double passed = std::chrono::duration<double>(now - at_).count();
    tokens_ = std::min(tokens_ + passed * speed, static_cast<double>(rate.burst));
    at_ = now;
    if (tokens_ >= 1) {
        tokens_ -= 1;
        return {};
    }
    return std::chrono::ceil<Duration>(std::chrono::duration<double>((1 - tokens_) / speed));
}

}  // namespace dz::oracle
