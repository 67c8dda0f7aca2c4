// Secrets that people have in their files, and texts that must stay readable.
#include "doctor/redact.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace dz::doctor {
namespace {

std::string key_array(int bytes) {
    std::string text = "[";
    for (int i = 0; i < bytes; ++i) text += (i == 0 ? "" : ",") + std::to_string(i * 3 % 256);
    return text + "]";
}

TEST_CASE("redact: of a URL the host stays", "[doctor]") {
    CHECK(redact("solana-rpc-endpoint: https://user:pw@rpc.example.com:8899/k3y/abc?api=1 # mine") ==
          "solana-rpc-endpoint: https://(hidden)@rpc.example.com:8899/(hidden) # mine");
    CHECK(redact(R"j({"url":"wss://h/x","other":1})j") == R"j({"url":"wss://h/(hidden)","other":1})j");
    CHECK(redact("http://127.0.0.1:8899 and http://h/") == "http://127.0.0.1:8899 and http://h");
}

TEST_CASE("redact: key files and keys in other shapes are hidden", "[doctor]") {
    CHECK(redact("key " + key_array(64)) == "key (hidden)");
    CHECK(redact(key_array(64).substr(0, 150)) == "(hidden)");
    CHECK(redact("seed " + std::string(64, 'a') + ".") == "seed (hidden).");
    CHECK(redact(std::string(88, 'Z')) == "(hidden)");
}

TEST_CASE("redact: what follows the name of a secret is hidden to the end of its value", "[doctor]") {
    CHECK(redact("bearer_token: abc def\nnext: 1") == "bearer_token: (hidden)\nnext: 1");
    CHECK(redact(R"j({"api_key": "abc", "code": "x"})j") == R"j({"api_key": "(hidden)", "code": "x"})j");
    CHECK(redact("Authorization: Bearer abc.def") == "Authorization: (hidden)");
    CHECK(redact("PASSWORD=hunter2") == "PASSWORD=(hidden)");
}

TEST_CASE("redact: what people need to help stays", "[doctor]") {
    const std::string text =
        "route 8.8.8.8/32 via 169.254.0.0 dev doublezero0 proto bgp\n"
        "account 7CTniUa88iJKUHTrCkB4TjAoG6TD7AMivhQeuqN2LPtX, slots [1,2,3], token bucket is full\n"
        "commit 97b5109f8a5e0e4f0c8d7e2b1a3c4d5e6f708192\n";
    CHECK(redact(text) == text);
}

}  // namespace
}  // namespace dz::doctor
