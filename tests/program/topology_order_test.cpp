// The order of checks on look-up records, topologies and allocators (ledger-processors.md 12): of two
// violated ones the earlier answers.
#include "tests/program/admin.hpp"

using namespace dz;
using namespace dz::test;
using ledger::ResourceKind;

namespace {

struct IndexCreation : Admin<ix::CreateIndex> {
    IndexCreation() { args = {"device", "ny5"}; }
    TransactionInstruction instruction() override { return as(payer).make(args, device).value(); }
};
struct IndexDeletion : IndexCreation {
    IndexDeletion() {
        const auto creation = IndexCreation::instruction();
        REQUIRE(send(payer, creation) == "ok");
        entity = creation.accounts[0].key;
    }
    PublicKey entity;
    TransactionInstruction instruction() override { return as(payer).make(ix::DeleteIndex{}, entity); }
};
struct TopologyCreation : Admin<ix::CreateTopology> {
    TopologyCreation() { args.name = "FAST"; }
    TransactionInstruction instruction() override {
        // A name that is too long has no address.
        auto made = as(payer).make(ix::CreateTopology{args.name.substr(0, 32), args.constraint}).value();
        made.data = ledger::encode_instruction(ledger::Instruction(args));
        return made;
    }
};
struct Topologies : Attempt {
    Topologies() {
        REQUIRE(send("foundation", as("foundation").make(ix::CreateTopology{"FAST", {}}).value()) == "ok");
        entity = addresses().topology("FAST")->key;
    }
    PublicKey entity;
};
struct TopologyDeletion : Topologies {
    TransactionInstruction instruction() override {
        return as(payer).make(ix::DeleteTopology{"FAST"}).value();
    }
};
struct TopologyClearing : Topologies {
    TransactionInstruction instruction() override {
        return as(payer).make(ix::ClearTopology{"FAST"}, {}).value();
    }
};
struct SegmentAssignment : Topologies {
    TransactionInstruction instruction() override {
        return as(payer).make(ix::AssignTopologyNodeSegments{"FAST"}, std::span(&device, 1)).value();
    }
};

}  // namespace

TEST_CASE("order: look-up records", "[program]") {
    using C = IndexCreation;
    expect_order<C>(C{}, {unsigned_payer<C>(),
                          stranger<C>(),
                          {{"19 InvalidAccountCode", "a key with a blank", [](C& c) { c.args.key = "a b"; }}},
                          elsewhere<C>()});
    expect_order<C>(C{}, {stranger<C>(), occupied<C>()});
    using D = IndexDeletion;
    expect_entity_order<D>(D{}, another_kind<D>());
}

TEST_CASE("order: topologies", "[program]") {
    using C = TopologyCreation;
    expect_order<C>(C{}, {unsigned_payer<C>(), stranger<C>(), {{"39 NameTooLong", "a long name", [](C& c) {
                                                                    c.args.name = std::string(32, '1') + "x";
                                                                }}}});
    expect_order<C>(C{}, {stranger<C>(),
                          {{"87 InvalidName", "a digit first", [](C& c) { c.args.name = "1X"; }}},
                          elsewhere<C>(),
                          elsewhere<C>(1)});
    expect_order<C>(C{}, {stranger<C>(), occupied<C>(), elsewhere<C>(1)});
    using D = TopologyDeletion;
    expect_order<D>(D{},
                    {unsigned_payer<D>(),
                     stranger<D>(),
                     {spoilt<D, ledger::Topology>(kAbort, "another name", &D::entity,
                                                  [](ledger::Topology& t) { t.name = "SLOW"; })},
                     {spoilt<D, ledger::Topology>("13 ReferenceCountNotZero", "a link of its", &D::entity,
                                                  [](ledger::Topology& t) { t.reference_count = 1; })}});
    using L = TopologyClearing;
    const auto not_signed = []<class Any>(std::type_identity<Any>) -> Step<Any> {
        return {{"22 Unauthorized", "the payer did not sign", [](Any& c) { c.signs = false; }}};
    };
    expect_order<L>(L{}, {not_signed(std::type_identity<L>{}), stranger<L>(), elsewhere<L>()});
    using S = SegmentAssignment;
    expect_order<S>(S{},
                    {not_signed(std::type_identity<S>{}), stranger<S>(), elsewhere<S>(), elsewhere<S>(1)});
}

namespace {

template <class Args>
struct OnResource : Admin<Args> {
    OnResource() { this->args.resource = {ResourceKind::LinkIds, {}, 0}; }
    TransactionInstruction instruction() override { return this->as(this->payer).make(this->args); }
};
struct ResourceCreation : OnResource<ix::CreateResource> {
    ResourceCreation() { args.resource = {ResourceKind::TunnelIds, device, 1}; }
};
struct ResourceClosing : Attempt {
    PublicKey entity = addresses().link_ids();
    TransactionInstruction instruction() override {
        return as(payer).make(ix::CloseResource{}, {entity, pk("foundation")});
    }
};

}  // namespace

TEST_CASE("order: allocators", "[program]") {
    using A = OnResource<ix::AllocateResource>;
    A allocation;
    allocation.args.requested = std::uint16_t{7};
    expect_order<A>(allocation,
                    {unsigned_payer<A>(),
                     stranger<A>(),
                     elsewhere<A>(),
                     {{kAbort, "another associated account", [](A& c) { c.replaced[1] = c.device; }}},
                     {{"63 AllocationFailed", "out of range",
                       [](A& c) { c.args.requested = std::numeric_limits<std::uint16_t>::max(); }},
                      {"65 InvalidArgument", "an address of an allocator of numbers",
                       [](A& c) { c.args.requested = Prefix{ip(9, 9, 9, 9), 32}; }}}});
    using C = ResourceCreation;
    expect_order<C>(C{},
                    {unsigned_payer<C>(), stranger<C>(), elsewhere<C>(), {{kAbort, "it exists", [](C& c) {
                                                                               c.args.resource.index = 0;
                                                                           }}}});
    using D = OnResource<ix::DeallocateResource>;
    D giving;
    giving.args.value = std::uint16_t{7};
    expect_order<D>(giving, {unsigned_payer<D>(), stranger<D>(), elsewhere<D>()});
    using X = ResourceClosing;
    expect_order<X>(X{}, {unsigned_payer<X>(),
                          {{kAbort, "a foreign account", [](X& c) { c.take_owner(c.entity); }}},
                          stranger<X>(),
                          {{"9 InvalidAccountType", "no allocator", [](X& c) { c.take_type(c.entity); }}}});
}
