#include "doctor/bundle.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "base/files.hpp"
#include "base/version.hpp"
#include "doctor/redact.hpp"

namespace dz::doctor {

namespace {

constexpr std::size_t kMaxFile = 1U << 20;

struct Look {
    std::string name;
    std::vector<std::string> words;
};

/// What an administrator would type.
std::vector<Look> looks() {
    return {
        {"uname.txt", {"uname", "-a"}},
        {"links.txt", {"ip", "-d", "-s", "link", "show"}},
        {"addresses.txt", {"ip", "-4", "addr", "show"}},
        {"routes.txt", {"ip", "-4", "route", "show", "table", "all"}},
        {"rules.txt", {"ip", "-4", "rule", "show"}},
        {"firewall.txt", {"nft", "list", "ruleset"}},
        {"unit.txt", {"systemctl", "cat", "doublezerod"}},
        {"service.txt", {"systemctl", "show", "doublezerod"}},
        {"journal.txt",
         {"journalctl", "--unit", "doublezerod", "--lines", "5000", "--no-pager", "--output", "short-iso"}},
        {"packages.txt", {"dpkg-query", "--show", "doublezero"}}};
}

template <class T, class ToJson>
std::string shown(const Result<T>& seen, ToJson to) {
    return seen ? json::dump_pretty(to(*seen)) : seen.error().text;
}

/// A new folder that only this user can read.
Result<std::filesystem::path> temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "doublezero-bundle-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return fail_errno(errno, name);
    return std::filesystem::path(name);
}

}  // namespace

Task<std::vector<BundleFile>> gather(std::vector<Finding> findings,
                                     std::vector<std::filesystem::path> configuration, Sources sources) {
    std::vector<BundleFile> files;
    const auto add = [&files](std::string name, std::string_view text) {
        files.push_back({std::move(name), redact(text) + "\n"});
    };
    const auto as_json = [](const auto& value) { return to_json(value); };
    add("version.txt", version_with_commit());
    add("doctor.json", json::dump_pretty(to_json(findings)));
    add("status.json", shown(co_await sources.daemon.status_v2(), as_json));
    add("plan.json", shown(co_await sources.daemon.plan(), as_json));
    add("events.json", shown(co_await sources.daemon.events(), as_json));
    add("learned-routes.json", shown(co_await sources.daemon.routes(), as_json));
    add("latencies.json", shown(co_await sources.daemon.latencies(), as_json));
    for (Look& look : looks()) {
        const auto text = co_await sources.commands.run(std::move(look.words));
        add(std::move(look.name), text ? *text : text.error().text);
    }
    for (const auto& path : configuration) {
        const auto text = files::read(path, kMaxFile);
        add(path.parent_path().filename().string() + "-" + path.filename().string(),
            text ? *text : text.error().text);
    }
    co_return files;
}

Task<Result<>> pack(std::vector<BundleFile> files, std::filesystem::path archive, Commands& commands) {
    std::error_code error;
    if (std::filesystem::exists(archive, error)) co_return fail(Errc::Exists, archive.string());
    CO_TRY(const auto folder, temporary_folder());
    const auto inner = folder / archive.stem().stem();
    std::filesystem::create_directory(inner, error);
    Result<> done;
    for (const BundleFile& file : files)
        if (done) done = files::write_atomic(inner / file.name, file.text, 0600);
    if (done) {
        // tar writes where only this user can read; the archive then takes its place.
        const auto packed = folder / "archive";
        const auto ran = co_await commands.run({"tar", "--create", "--gzip", "--file", packed.string(),
                                                "--directory", folder.string(), inner.filename().string()});
        const auto bytes =
            ran ? files::read(packed, 256U << 20) : Result<std::string>(std::unexpected(ran.error()));
        done =
            bytes ? files::create_exclusive(archive, *bytes, 0600) : Result<>(std::unexpected(bytes.error()));
    }
    std::filesystem::remove_all(folder, error);
    co_return done;
}

}  // namespace dz::doctor
