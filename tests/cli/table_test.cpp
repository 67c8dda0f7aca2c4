#include "cli/table.hpp"

#include <catch2/catch.hpp>
#include <sstream>

namespace dz::cli {
namespace {

TEST_CASE("display width: emoji and East Asian characters take two columns", "[cli]") {
    CHECK(display_width("abc") == 3);
    CHECK(display_width("Zürich") == 6);
    CHECK(display_width("✅ x") == 4);
    CHECK(display_width("⚠️ x") == 4);
    CHECK(display_width("東京") == 4);
}

TEST_CASE("display width: damaged UTF-8 counts one column a byte", "[cli]") {
    CHECK(display_width("\xff\xfe") == 2);
    CHECK(display_width("a\xc3") == 2);
    CHECK(display_width("\xe2\x9c") == 2);
}

TEST_CASE("table: cells are padded by what a terminal shows", "[cli]") {
    Table table({"code", "best"});
    table.add({"fra-dz001", "✅ fra"});
    table.add({"a", "b"});
    std::ostringstream out;
    table.print(out);
    CHECK(out.str() ==
          " code      | best   \n"
          " fra-dz001 | ✅ fra \n"
          " a         | b      \n");
}

TEST_CASE("table: without rows only the header is printed", "[cli]") {
    std::ostringstream out;
    Table({"account", "code"}).print(out);
    CHECK(out.str() == " account | code \n");
}

TEST_CASE("details: names are padded to the longest", "[cli]") {
    std::ostringstream out;
    print_details(out, {{"code", "ams"}, {"public_ip", "9.128.0.8"}});
    CHECK(out.str() == " code      | ams\n public_ip | 9.128.0.8\n");
}

}  // namespace
}  // namespace dz::cli
