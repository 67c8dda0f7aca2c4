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

std::string Record::Field::title(bool narrow) const {
    if (narrow && !shown->narrow_title.empty()) return std::string(shown->narrow_title);
    return shown->title.empty() ? key : std::string(shown->title);
}

std::string Record::Field::cell(bool narrow) const {
    if (narrow && shown->narrow_text) return *shown->narrow_text;
    if (shown->text) return *shown->text;
    const auto* const text = value.get_ptr<const std::string*>();
    return text != nullptr ? *text : json::dump(value);
}

std::vector<std::string> Record::titles(bool narrow) const {
    std::vector<std::string> out;
    for (const Field& field : fields_) {
        if (field.in_table(narrow)) out.push_back(field.title(narrow));
    }
    return out;
}

std::vector<std::string> Record::cells(bool narrow) const {
    std::vector<std::string> out;
    for (const Field& field : fields_) {
        if (field.in_table(narrow)) out.push_back(field.cell(narrow));
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
    Table table(blank.titles(style.narrow));
    for (const Record& record : records) table.add(record.cells(style.narrow));
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
