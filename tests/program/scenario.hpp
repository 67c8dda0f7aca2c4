// tests/program/scenario.hpp: the numbered scenarios of the ledger. Each is a test case whose name begins
// with "scenario NN"; its transactions run in the world's own executor and, signed for its blockhashes, on a
// running node behind HTTP. After every transaction both must have the same outcome and the same accounts,
// byte for byte. At the end the node must say the same of them over its port, and everything that happened is
// compared with tests/golden/program/scenario-NN.txt, which DZ_UPDATE_GOLDEN=1 writes anew.
#pragma once

#include <memory>

#include "tests/program/world.hpp"

namespace dz::test {

/// For the world of a numbered scenario: `Network world(scenario());`. One in each test case.
std::shared_ptr<Witness> scenario(ledger::Dialect dialect = ledger::Dialect::Seats);

}  // namespace dz::test
