// Tables for a terminal.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace limen::report {

/// Columns of text, padded to their widest cell (counted in code points).
class Grid {
public:
  /// `right[i]`: whether column i is aligned to the right.
  explicit Grid(std::vector<bool> right) : right(std::move(right)) {}

  void row(std::vector<std::string> cells) { rows.push_back(std::move(cells)); }
  /// A line across all columns.
  void rule() { rows.emplace_back(); }

  std::string text(std::string_view indent = "  ") const {
    std::vector<size_t> widths(right.size(), 0);
    for (const auto &cells : rows)
      for (size_t i = 0; i < cells.size(); ++i)
        widths[i] = std::max(widths[i], length(cells[i]));
    size_t whole = 0;
    for (size_t width : widths)
      whole += width + 2;
    std::string out;
    for (const auto &cells : rows) {
      out += indent;
      if (cells.empty()) {
        out += std::string(whole - 2, '-');
      } else {
        std::string line;
        for (size_t i = 0; i < cells.size(); ++i) {
          const std::string pad(widths[i] - length(cells[i]), ' ');
          line +=
              (i ? "  " : "") + (right[i] ? pad + cells[i] : cells[i] + pad);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line;
      }
      out += '\n';
    }
    return out;
  }

private:
  static size_t length(std::string_view text) {
    return static_cast<size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }

  std::vector<bool> right;
  std::vector<std::vector<std::string>> rows;
};

/// 1234567 as "1 234 567".
inline std::string grouped(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, " ");
  }
  return digits;
}

} // namespace limen::report
