#include "cli/record.hpp"

#include "cli/table.hpp"
#include "cli/text.hpp"

namespace dz::cli {

void Record::add(std::string_view key, json::Ordered value, Shown shown) {
    fields_.push_back({std::string(key), std::move(value), std::move(shown)});
}

void Record::json_only(std::string_view key, json::Ordered value) {
    fields_.push_back({std::string(key), std::move(value), std::nullopt});
}

std::vector<std::string> Record::titles() const {
    std::vector<std::string> out;
    for (const Field& field : fields_) {
        if (field.shown)
            out.push_back(field.shown->title.empty() ? field.key : std::string(field.shown->title));
    }
    return out;
}

std::vector<std::string> Record::cells() const {
    std::vector<std::string> out;
    for (const Field& field : fields_) {
        if (!field.shown) continue;
        const auto* const text = field.value.get_ptr<const std::string*>();
        out.push_back(field.shown->text ? *field.shown->text
                      : text != nullptr ? *text
                                        : json::dump(field.value));
    }
    return out;
}

json::Ordered Record::to_json() const {
    json::Ordered object = json::Ordered::object();
    for (const Field& field : fields_) object[field.key] = field.value;
    return object;
}

void print_list(std::ostream& out, OutputStyle style, const Record& blank,
                const std::vector<Record>& records) {
    if (style.machine_readable()) {
        json::Ordered array = json::Ordered::array();
        for (const Record& record : records) array.push_back(record.to_json());
        return print_json(out, array, style);
    }
    Table table(blank.titles());
    for (const Record& record : records) table.add(record.cells());
    table.print(out);
}

void print_one(std::ostream& out, OutputStyle style, const Record& record) {
    if (style.machine_readable()) return print_json(out, record.to_json(), style);
    const auto titles = record.titles();
    const auto cells = record.cells();
    std::vector<std::pair<std::string, std::string>> lines;
    for (std::size_t i = 0; i < titles.size(); ++i) lines.emplace_back(titles[i], cells[i]);
    print_details(out, lines);
}

}  // namespace dz::cli
