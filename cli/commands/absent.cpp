// absent.cpp: commands of the reference client that this build answers with what to use instead (cli.md 1).
//
// They are about programs and services whose data no specification at hand describes.
#include "cli/families.hpp"

namespace dz::cli {

void add_absent(Group& root) {
    root.command<None>("geolocation", "Probes and users of the geolocation program (not part of this build)")
        .absent("it is about another program on the ledger", "the reference client's doublezero geolocation");
    auto subscribe =
        root.command<None>("subscribe", "Print accounts as they change (not part of this build)");
    subscribe.absent("", "doublezero accounts, or doublezero events -f for what concerns this host");
    subscribe.hide();
    auto migrate = root.command<None>("migrate", "Bring accounts into a newer form (not part of this build)");
    migrate.absent("every account form is read as it is",
                   "the reference client, where the foundation asks for it");
    migrate.hide();
    auto sentinel = root.command<None>("sentinel", "Find validators that publish (not part of this build)");
    sentinel.absent("it compares the ledger with Solana's validators",
                    "doublezero user list --solana-validator, doublezero user create-subscribe");
    sentinel.hide();
}

void add_absent_device(Group& device) {
    for (const std::string name : {"migrate-multicast-counts", "migrate-unicast-counts"}) {
        auto command =
            device.command<None>(name, "Correct counts of older programs (not part of this build)");
        command.absent("", "doublezero device update with the right counts");
        command.hide();
    }
}

void add_absent_link(Group& link) {
    link.command<None>("latency", "Measured latencies of links (not part of this build)")
        .absent("they are in the telemetry program's accounts",
                "doublezero link get for the configured delay");
}

}  // namespace dz::cli
