// cli/table.hpp: borderless tables and detail lists, aligned by what a terminal shows.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dz::cli {

/// Columns that a terminal needs for UTF-8 `text`: emoji and East Asian characters take two.
std::size_t display_width(std::string_view text);

/// A header row and rows of as many cells; cells are padded, have a space on either side and "|" in between.
class Table {
  public:
    explicit Table(std::vector<std::string> header);
    void add(std::vector<std::string> cells);
    bool empty() const { return rows_.size() == 1; }
    void print(std::ostream& out) const;

  private:
    std::vector<std::vector<std::string>> rows_;  ///< the first is the header
};

/// One column in a frame of "+---+" and "|".
void print_boxed(std::ostream& out, std::string_view title, const std::vector<std::string>& cells);

/// " name | value" lines, names padded to the longest.
void print_details(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace dz::cli
