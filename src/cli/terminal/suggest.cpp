#include "cli/terminal/suggest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace faasta::cli {
namespace {

/// The Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view suggest(std::string_view text, std::span<const std::string_view> known) {
  if (text.size() > 64) return {};  // longer than any known word; this also keeps the table small
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(text.size() / 2, 1) + 1;
  for (const std::string_view candidate : known) {
    const bool begun = text.size() >= 3 && candidate.starts_with(text);
    const std::size_t d = begun ? 1 : distance(text, candidate);
    if (d < best_distance && d < candidate.size()) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace faasta::cli
