// fetcher/read.hpp: which accounts are asked of the ledger, and the questions themselves.
//
// A full scan of the program grows with the network (megabytes). `read_mine` asks for the users of one client
// IP by a filter and for the few accounts these refer to by key; what the previous snapshot referred to is
// asked for in the same breath, so that a poll usually takes one round trip (daemon.md 14.2 F1).
#pragma once

#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "fetcher/accept.hpp"
#include "ledger/address.hpp"
#include "ledger/rpc.hpp"
#include "ledger/subscriptions.hpp"

namespace dz::fetcher {

/// Accounts other than users that the users of `client_ip` in `snapshot` depend on: the global configuration,
/// devices with their exchanges, tenants, multicast groups. Sorted, unique; always has the global
/// configuration.
std::vector<ledger::PublicKey> references(const ledger::Snapshot* snapshot, Ipv4 client_ip,
                                          const ledger::PublicKey& global_config);

/// The users of `client_ip` and what they refer to: `Scope::Mine`. `known` are the references of the previous
/// snapshot. The slot is that of the oldest part. Errors: those of `Rpc`.
/// A node that has not reached `not_before` is refused (`ledger::is_behind`).
Task<Result<Answer>> read_mine(ledger::Rpc& rpc, ledger::Addresses addresses, Ipv4 client_ip,
                               std::vector<ledger::PublicKey> known, Slot not_before = {});

/// What is to be subscribed to, so that every change `read_mine` would see is told: the users of `client_ip`,
/// those that are known one by one too (the end of an account is told only to those who follow it), and
/// `known`. At most `kMaxTopics`; what is beyond is polled.
std::vector<ledger::Topic> topics_of_mine(const ledger::PublicKey& program, Ipv4 client_ip,
                                          const ledger::Snapshot* snapshot,
                                          const std::vector<ledger::PublicKey>& known);
inline constexpr std::size_t kMaxTopics = 200;

/// The account is a user of `client_ip`; pure.
bool is_user_of(const ledger::AccountInfo& account, Ipv4 client_ip);

/// Every account of the program: `Scope::Catalogue`.
Task<Result<Answer>> read_catalogue(ledger::Rpc& rpc, ledger::PublicKey program);

/// Decodes; pure.
Answer make_answer(std::vector<ledger::KeyedAccount> accounts, Slot slot, ledger::Scope scope);

}  // namespace dz::fetcher
