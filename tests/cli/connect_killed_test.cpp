// Tests for connect that is killed: after any printed line and any sent transaction the same command ends
// with the tunnel up, one user, and everything counted once. And: --dry-run prints what is then sent.
#include <catch2/catch.hpp>

#include "cli/transaction_text.hpp"
#include "tests/cli/joining.hpp"

using namespace dz;
using namespace dz::cli;
using namespace dz::test;
using Catch::Contains;

namespace {

/// Not an error of the program: nothing of a killed process runs any more.
struct Killed {};

/// Keeps what is written, and kills its writer at the end of a line.
class FatalBuffer final : public std::stringbuf {
  public:
    explicit FatalBuffer(int lines) : lines_(lines) {}

  protected:
    std::streamsize xsputn(const char* text, std::streamsize size) override {
        for (std::streamsize i = 0; i < size; ++i) overflow(std::char_traits<char>::to_int_type(text[i]));
        return size;
    }
    int_type overflow(int_type letter) override {
        if (letter == '\n' && --lines_ == 0) throw Killed();
        return std::stringbuf::overflow(letter);
    }

  private:
    int lines_;
};

/// A way to join, and what is true at its end.
struct Way {
    std::string name;
    std::function<Task<Result<>>(FeedDesk&, ConnectOptions, std::ostream&)> connect;
    ledger::UserType type;
    std::function<void(FeedDesk&)> check;
};

Task<Result<>> unicast(FeedDesk& desk, ConnectOptions options, std::ostream& out) {
    return connect_ibrl(options, desk.context, out);
}

/// A desk's pass is by the seat; this one lists groups.
void allow_groups(FeedDesk& desk) {
    const PublicKey key = desk.network.pass("alice", Desk::kIp);
    auto pass = desk.network.get<ledger::AccessPass>(key);
    pass.accesspass_type = ledger::access::Prepaid{};
    pass.mgroup_pub_allowlist = {desk.alpha, desk.beta};
    pass.mgroup_sub_allowlist = {desk.alpha, desk.beta, desk.gamma};
    desk.network.set(key, pass);
}

std::vector<Way> ways() {
    using enum ledger::UserType;
    return {{"ibrl", unicast, Ibrl, [](FeedDesk&) {}},
            {"ibrl --allocate-addr",
             [](FeedDesk& desk, ConnectOptions options, std::ostream& out) {
                 options.allocate_addr = true;
                 return unicast(desk, options, out);
             },
             IbrlWithAllocatedIp, [](FeedDesk&) {}},
            {"multicast of the pass",
             [](FeedDesk& desk, ConnectOptions options, std::ostream& out) {
                 allow_groups(desk);
                 return connect_multicast({}, options, desk.context, out);
             },
             Multicast,
             [](FeedDesk& desk) {
                 CHECK(desk.member().publishers == std::vector{desk.alpha, desk.beta});
                 CHECK(desk.member().subscribers == std::vector{desk.alpha, desk.beta, desk.gamma});
                 CHECK(desk.network.get<ledger::MulticastGroup>(desk.alpha).publisher_count == 1);
             }},
            {"multicast feeds",
             [](FeedDesk& desk, ConnectOptions options, std::ostream& out) {
                 return connect_multicast({.join_feeds = {"prices", "quotes"}}, options, desk.context, out);
             },
             Multicast, [](FeedDesk& desk) { CHECK(desk.member().feed_pks.size() == 2); }}};
}

void check_joined(FeedDesk& desk, const Way& way) {
    std::size_t users = 0;
    for (const auto& [key, state] : desk.network.accounts())
        users += ledger::decode<ledger::User>(state->data).has_value() ? 1 : 0;
    CHECK(users == 1);
    CHECK(desk.has_user(way.type));
    CHECK(desk.network.get_device().users_count == 1);
    CHECK(desk.daemon.status.reconciler_enabled);
    way.check(desk);
}

/// Whether it got that far.
bool killed_after_line(FeedDesk& desk, const Way& way, int line) {
    FatalBuffer buffer(line);
    std::ostream out(&buffer);
    out.exceptions(std::ios::badbit);
    try {
        const auto done = desk.run(way.connect(desk, {}, out));
        REQUIRE(done);
    } catch (const Killed&) {
        return true;
    }
    return false;
}

bool killed_after_transaction(FeedDesk& desk, const Way& way, int transaction) {
    bool killed = false;
    desk.rpc.on_landed = [&] {
        if (desk.rpc.sent != transaction) return;
        killed = true;
        throw Killed();
    };
    try {
        const auto done = desk.run(way.connect(desk, {}, desk.out));
        REQUIRE(done);
    } catch (const Killed&) {
    }
    desk.rpc.on_landed = nullptr;
    return killed;
}

void again(FeedDesk& desk, const Way& way) {
    desk.out.str("");
    REQUIRE(desk.run(way.connect(desk, {}, desk.out)));
    CHECK_THAT(desk.out.str(), Catch::EndsWith("✅  User Provisioned\n"));
    check_joined(desk, way);
}

}  // namespace

TEST_CASE("connect: killed after any line, the same command ends with the tunnel up and one user", "[cli]") {
    for (const Way& way : ways()) {
        int line = 1;
        for (;; ++line) {
            INFO(way.name << ", line " << line);
            FeedDesk desk;
            if (!killed_after_line(desk, way, line)) break;
            again(desk, way);
        }
        INFO(way.name);
        CHECK(line > 9);
    }
}

TEST_CASE("connect: killed after any transaction, the same command ends with the tunnel up and one user",
          "[cli]") {
    for (const Way& way : ways()) {
        int transaction = 1;
        for (;; ++transaction) {
            INFO(way.name << ", transaction " << transaction);
            FeedDesk desk;
            if (!killed_after_transaction(desk, way, transaction)) break;
            again(desk, way);
        }
        INFO(way.name);
        CHECK(transaction > 1);
    }
}

TEST_CASE("connect: --dry-run prints the very transactions that are then sent", "[cli]") {
    for (const Way& way : ways()) {
        INFO(way.name);
        FeedDesk desk;
        ConnectOptions options;
        options.dry_run = true;
        std::ostringstream text;
        REQUIRE(desk.run(way.connect(desk, options, text)));
        options.style.json = true;
        REQUIRE(desk.run(way.connect(desk, options, desk.out)));
        CHECK(desk.rpc.sent == 0);
        CHECK(desk.daemon.count("POST /enable") == 0);
        const auto plan = json::parse(desk.out.str()).value();

        REQUIRE(desk.run(way.connect(desk, {}, desk.out)));
        REQUIRE_FALSE(desk.rpc.instructions.empty());
        const auto sent = json::parse(json::dump(transactions_json(desk.rpc.instructions))).value();
        CHECK(plan["transactions"] == sent);
        for (const auto& instruction : desk.rpc.instructions)
            CHECK_THAT(text.str(), Contains(instruction_text(instruction)));
        CHECK_THAT(text.str(), Catch::EndsWith("Nothing was sent (--dry-run)\n"));
        CHECK(json::string(plan, "account").value() == desk.network.user(Desk::kIp, way.type).to_string());
        CHECK(json::string(plan, "device").value() == "ny5-dz01");
    }
}
