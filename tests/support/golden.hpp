// support/golden.hpp: outputs that are a contract, compared with files of tests/golden/.
//
//     check_golden("cli/latency.txt", text);
//
// DZ_UPDATE_GOLDEN=1 writes the files anew: look at the difference before you commit it.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/files.hpp"

namespace dz::test {

inline void check_golden(const std::string& name, const std::string& text) {
    const auto path = std::filesystem::path(DZ_GOLDEN) / name;
    if (std::getenv("DZ_UPDATE_GOLDEN") != nullptr) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    INFO(path);
    CHECK(text == files::read(path, 1 << 20).value_or("no golden file"));
}

}  // namespace dz::test
