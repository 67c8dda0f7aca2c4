// links: dz::doctor
// doctor_readings_fuzz.cpp: any output of the machine's tools is a reading or an error, any ruleset ends with
// a verdict, and what redaction leaves it leaves again.
#include <cstdint>

#include "base/bytes.hpp"
#include "doctor/readings.hpp"
#include "doctor/redact.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dz;
    using namespace dz::doctor;
    const std::string_view text = as_text({data, size});
    (void)read_links(text);
    (void)read_way(text);
    (void)read_foreign_routes(text);
    (void)read_privileges(1, text);
    const std::string file(text);
    (void)read_networkd(true, {&file, 1});
    if (const auto rules = parse_ruleset(text)) {
        const Packet packet{.hook = Hook::Input, .device = "eth0", .protocol = kGre};
        const auto judged = judge(*rules, packet);
        DZ_ASSERT(judged.pass != Pass::No || !judged.by.empty());
    }
    const std::string once = redact(text);
    DZ_ASSERT(redact(once) == once);
    return 0;
}
