// tests/program/transcript.hpp: what transactions did to a ledger, as text that people can review:
//
//     alice: SetAccessPass {...}
//       8 NotAllowed
//       alice: lamports 1000000000 -> 999995000
//
// Each line below an outcome is one account: made (+), gone (-), or its fields that changed. Keys have names.
#pragma once

#include <map>
#include <string>

#include "tests/program/world.hpp"

namespace dz::test {

class Transcript {
  public:
    explicit Transcript(const ledger::Addresses& addresses, ledger::Dialect dialect);

    void name(const PublicKey& key, const std::string& name);
    void placed(const PublicKey& key, const AccountState& state);
    void executed(const Witness::Step& step);
    const std::string& text() const { return text_; }

  private:
    void account(const PublicKey& key, const AccountState* before, const AccountState* after);
    void name_new(const PublicKey& key, const AccountState& state);
    std::string with_names(std::string text) const;
    const std::string& name_of(const PublicKey& key) const;

    const ledger::Addresses& addresses_;
    ledger::Dialect dialect_;
    std::map<PublicKey, std::string> names_;
    std::map<std::string, int> counts_;
    std::string text_;
};

}  // namespace dz::test
