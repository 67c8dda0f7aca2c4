// ledger/account_reader.hpp: reads the fields of an account in order, forgiving what older and newer versions
// of the program write (ledger-accounts.md 1.1, 7.2, 7.3). Internal to ledger/.
#pragma once

#include <string_view>

#include "ledger/accounts.hpp"
#include "ledger/codec_read.hpp"

namespace dz::ledger::codec {

/// Fields that are not there keep the defaults of their struct.
class AccountReader {
  public:
    /// `data` from the type byte on, or the body of a sized interface. `notes` may be null.
    AccountReader(ByteView data, DecodeNotes* notes)
        : size_(data.size()), in_(bytes::Reader(data)), notes_(notes) {}

    template <class T>
    void operator()(const char* name, T& field) {
        if (!live_) return;
        // Between two fields is where the output of an older program ends.
        if (in_.empty()) return stop();
        note(in_.read(field), name);
    }
    void operator()(const char* name, LegacySlot<std::vector<Interface>> slot);
    void operator()(const char* name, SizedSlot<std::vector<Interface>> slot);
    void operator()(const char* name, TailSlot<Bytes> slot);

    /// Steps over the account type byte, which is not a field.
    void skip_type();
    /// The list whose count promised more than there is; empty when there was none.
    std::string_view overlong_list() const { return overlong_; }
    void finish();

  private:
    void stop() { live_ = false; }
    void note(Outcome outcome, const char* name);
    Outcome read_legacy(std::vector<Interface>& interfaces);
    Outcome read_sized(std::vector<Interface>& interfaces);

    std::size_t size_;
    ValueReader in_;
    DecodeNotes* notes_;
    bool live_ = true;
    std::string_view overlong_;
};

}  // namespace dz::ledger::codec
