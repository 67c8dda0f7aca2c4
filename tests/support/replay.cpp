// support/replay.cpp: runs a fuzz target over the files of a folder, so that a corpus is a test without
// libFuzzer.
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

int replay(const std::filesystem::path& folder) {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        // Printed before the run: the last name on the screen is the input that crashed.
        std::cout << entry.path().filename().string() << '\n' << std::flush;
        const std::vector<std::uint8_t> input{std::istreambuf_iterator<char>(file), {}};
        LLVMFuzzerTestOneInput(input.data(), input.size());
        ++count;
    }
    std::cout << count << " inputs replayed\n";
    return count > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: replay CORPUS_FOLDER\n";
        return 2;
    }
    try {
        return replay(argv[1]);
    } catch (const std::exception& error) {
        std::cerr << "replay: " << error.what() << '\n';
        return 1;
    }
}
