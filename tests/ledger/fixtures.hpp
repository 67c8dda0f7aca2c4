// tests/ledger/fixtures.hpp: accounts and instructions of the public network with their expected values as
// JSON.
//
// They are not part of this repository: DZ_FIXTURES names the folder that holds them.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "tests/support/skip.hpp"

namespace dz::test {

/// Null when there are none.
inline const char* fixtures_folder() {
    return std::getenv("DZ_FIXTURES");
}

struct Fixture {
    std::string name;  ///< "serviceability/user"
    Bytes data;
    json::Value expected;
};

inline Fixture load_fixture(const std::filesystem::path& bin) {
    auto json_path = bin;
    json_path.replace_extension(".json");
    const auto data = files::read(bin, 1U << 20);
    const auto text = files::read(json_path, 1U << 20);
    REQUIRE(data);
    REQUIRE(text);
    const auto bytes = as_bytes(*data);
    return {bin.parent_path().filename().string() + '/' + bin.stem().string(),
            Bytes(bytes.begin(), bytes.end()), json::parse(*text).value()};
}

/// All of them, in order of their paths.
inline std::vector<Fixture> load_fixtures() {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(fixtures_folder())) {
        if (entry.path().extension() == ".bin") paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    std::vector<Fixture> out;
    for (const auto& path : paths) out.push_back(load_fixture(path));
    return out;
}

inline bool is_instruction(const Fixture& fixture) {
    return fixture.expected.contains("variant");
}
/// Arguments without a number byte.
inline bool is_arguments(const Fixture& fixture) {
    return fixture.expected.value("account_type", -1) == 0;
}

/// "TunnelNet", "tunnel_net" and "TunnelNET" are one name.
inline std::string plain(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c != '_') out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return out;
}

/// Expected fields by plain name.
inline std::map<std::string, std::string> expected_fields(const Fixture& fixture) {
    std::map<std::string, std::string> out;
    for (const auto& field : fixture.expected["fields"]) {
        out[plain(field["name"].get<std::string>())] = field["value"].get<std::string>();
    }
    return out;
}

}  // namespace dz::test
