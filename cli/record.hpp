// cli/record.hpp: one thing that a command shows, field by field: a single definition for table, details and
// JSON (cli.md 7.1).
//
//     Record record;
//     record.add("account", key.to_string());
//     record.json_only("device_pk", user.device_pk.to_string());
//     record.add("device_name", code, {.title = "device"});
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "ledger/enum_text.hpp"

namespace dz::cli {

/// How tables say a field where that differs from JSON.
struct Shown {
    std::string_view title{};           ///< a literal; empty: the key
    std::optional<std::string> text{};  ///< unset: a string as it is, anything else as JSON has it
    bool wide = false;                  ///< --narrow leaves it out
    std::string_view narrow_title{};    ///< with --narrow; empty: the same
    std::optional<std::string> narrow_text{};
};

/// What a record is for: one row of many, or everything about one.
enum class View { List, Details };

class Record {
  public:
    explicit Record(View view = View::List) : view_(view) {}

    /// In tables and JSON.
    void add(std::string_view key, json::Ordered value, Shown shown = {});
    void json_only(std::string_view key, json::Ordered value);
    /// Among the details only.
    void detail(std::string_view key, json::Ordered value, Shown shown = {}) {
        if (view_ == View::Details) add(key, std::move(value), std::move(shown));
    }
    /// "activated" in tables and details, "Activated" in the JSON of lists.
    template <ledger::LedgerEnum E>
    void add_named(std::string_view key, E value, Shown shown = {}) {
        if (view_ == View::Details) return add(key, ledger::to_text(value), std::move(shown));
        shown.text = ledger::to_text(value);
        add(key, ledger::to_name(value), std::move(shown));
    }

    std::vector<std::string> titles(bool narrow = false) const;
    std::vector<std::string> cells(bool narrow = false) const;
    json::Ordered to_json() const;

  private:
    struct Field {
        std::string key;
        json::Ordered value;
        std::optional<Shown> shown;  ///< unset: JSON only

        bool in_table(bool narrow) const { return shown && !(narrow && shown->wide); }
        std::string title(bool narrow) const;
        std::string cell(bool narrow) const;
    };
    View view_;
    std::vector<Field> fields_;
};

/// A table, or a JSON array. `blank` is a record without content: it supplies the header of an empty table.
void print_list(std::ostream& out, OutputStyle style, const Record& blank,
                const std::vector<Record>& records);

/// " name | value" lines, or a JSON object.
void print_one(std::ostream& out, OutputStyle style, const Record& record);

}  // namespace dz::cli
