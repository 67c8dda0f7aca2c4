// What a block's entries were, as the store keeps it.
#include "chain/devnet/store.hpp"

namespace dz::devnet {

Record record_of(const ledger::Transaction& transaction, Execution execution, Bytes bytes, std::uint64_t slot,
                 std::int64_t unix_time) {
    return {.signature = transaction.id(),
            .slot = slot,
            .unix_time = unix_time,
            .error = std::move(execution.error),
            .fee = execution.fee,
            .units = execution.units,
            .balances = std::move(execution.balances),
            .log = std::move(execution.log),
            .transaction = std::move(bytes),
            .addresses = transaction.message.keys};
}

Result<> Store::write_notes(const Entry& entry) {
    TRY(auto insert,
        database_.prepare(
            "INSERT INTO entries (slot, number, transactions, mode, outcome, payers, total) VALUES "
            "(?1, (SELECT count(*) FROM entries WHERE slot = ?1), ?2, ?3, ?4, ?5, ?6)"));
    for (const EntryNote& note : entry.notes) {
        const Bytes total = bytes::Writer().u128_le(note.total).take();
        TRY_OK(insert.bind(1, entry.slot)
                   .bind(2, note.transactions)
                   .bind(3, static_cast<std::int64_t>(note.mode))
                   .bind(4, note.outcome)
                   .bind(5, note.payers)
                   .bind(6, total)
                   .run());
    }
    return {};
}

Result<std::vector<EntryNote>> Store::notes_of(std::uint64_t slot) {
    TRY(auto query, database_.prepare("SELECT transactions, mode, outcome, payers, total FROM entries "
                                      "WHERE slot = ?1 ORDER BY number"));
    query.bind(1, slot);
    std::vector<EntryNote> notes;
    for (;;) {
        TRY(const bool more, query.step());
        if (!more) return notes;
        bytes::Reader total(query.blob(4));
        EntryNote note{query.natural(0), reservations::Mode::Legacy, query.text(2), query.natural(3), 0};
        const std::uint64_t mode = query.natural(1);
        if (mode > static_cast<std::uint64_t>(reservations::Mode::Active))
            return fail(Errc::BadValue, "the ledger's file is damaged");
        note.mode = static_cast<reservations::Mode>(mode);
        TRY(note.total, total.u128_le());
        notes.push_back(std::move(note));
    }
}

}  // namespace dz::devnet
