// diagnosis.cpp: doctor and bundle.
#include "cli/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/failure.hpp"
#include "cli/text.hpp"
#include "doctor/bundle.hpp"
#include "doctor/examine.hpp"

namespace dz::cli {

namespace {

using doctor::Finding;
using doctor::Verdict;

constexpr auto kDaemonConfiguration = "/etc/doublezerod/config.yml";

doctor::Site site_of(Context& context) {
    return {.network = context.settings.network,
            .program = context.settings.program,
            .ledger_host = std::string(host_of(context.settings.rpc_url)),
            .payer = context.payer(),
            .socket = context.settings.sock_file.string()};
}

Task<std::vector<Finding>> look(Context& context, doctor::Sources sources) {
    Progress progress = context.progress();
    progress.say("looking at daemon, machine and ledger");
    const doctor::Facts facts = co_await doctor::collect(site_of(context), sources);
    progress.clear();
    co_return doctor::examine(facts);
}

/// "bad" in letters that are found at a glance.
std::string_view mark(Verdict verdict) {
    return verdict == Verdict::Bad ? "BAD" : verdict == Verdict::Warning ? "WARNING" : to_string(verdict);
}

void print(const Finding& finding, std::ostream& out) {
    out << fmt::format("{:<8} {:<12} {}\n", mark(finding.verdict), finding.check, finding.text);
    if (finding.verdict == Verdict::Good) return;
    for (const std::string& line : finding.evidence) out << fmt::format("{:<21} seen: {}\n", "", line);
    if (!finding.remedy.empty()) out << fmt::format("{:<21} Try: {}\n", "", finding.remedy);
}

Task<Result<>> diagnose(None, OutputStyle style, Context& context, std::ostream& out) {
    doctor::SystemCommands commands(context.loop, context.clock);
    const auto findings =
        co_await look(context, {.rpc = context.rpc, .daemon = context.daemon, .commands = commands});
    if (style.machine_readable()) {
        print_json(out, doctor::to_json(findings), style);
    } else {
        for (const Finding& one : findings) print(one, out);
    }
    if (doctor::healthy(findings)) co_return Result<>{};
    const auto bad = std::ranges::count(findings, Verdict::Bad, &Finding::verdict);
    const auto first = std::ranges::find(findings, Verdict::Bad, &Finding::verdict);
    co_return failure(fmt::format("{} of {} checks are bad", bad, findings.size()),
                      fmt::format("{}: {}", first->check, first->text), first->remedy);
}

struct BundleOptions {
    std::optional<std::string> output;
};

/// "doublezero-bundle-20260304T050607Z.tar.gz"
std::string default_name(WallTime now) {
    std::string stamp = to_rfc3339(now, Fraction::None);
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    return fmt::format("doublezero-bundle-{}.tar.gz", stamp);
}

Task<Result<>> bundle(BundleOptions options, OutputStyle style, Context& context, std::ostream& out) {
    doctor::SystemCommands commands(context.loop, context.clock, 30s);
    const doctor::Sources sources{.rpc = context.rpc, .daemon = context.daemon, .commands = commands};
    auto findings = co_await look(context, sources);
    const std::filesystem::path archive = options.output.value_or(default_name(context.clock.wall()));
    auto files = co_await doctor::gather(std::move(findings),
                                         {kDaemonConfiguration, context.settings.config_path}, sources);
    json::Ordered names = json::Ordered::array();
    for (const auto& file : files) names.push_back(file.name);
    if (const auto packed = co_await doctor::pack(std::move(files), archive, commands); !packed)
        co_return failure("cannot write the bundle", packed.error(),
                          packed.error().code == Errc::Exists ? "name another file with --output" : "");
    if (style.machine_readable()) {
        print_json(out, {{"archive", archive.string()}, {"files", std::move(names)}}, style);
        co_return Result<>{};
    }
    out << archive.string() << "\n";
    context.err
        << "Secrets are taken out, addresses and account names are not. Look at it before you send it:\n"
           "  tar --list --file "
        << archive.string() << "\n";
    co_return Result<>{};
}

}  // namespace

void add_diagnosis(Group& root) {
    auto doctor = root.command<None>("doctor", "Find out what keeps this host from a working tunnel");
    doctor.ungated();
    doctor.reads(Output::One, diagnose);
    auto archive =
        root.command<BundleOptions>("bundle", "Pack what somebody who helps needs to see, without secrets");
    archive.take("-o,--output", archive->output, "The archive to write (.tar.gz)");
    archive.ungated();
    archive.reads(Output::One, bundle);
}

}  // namespace dz::cli
