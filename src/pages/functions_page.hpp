#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/html.hpp"
#include "pages/frame.hpp"

namespace faasta::pages {

struct FunctionLine {
  std::string name;
  std::uint32_t version = 0;
  bool locked = false;
  bool suspended = false;
  // Of the last hour:
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::uint64_t p99_us = 0;
  std::uint64_t cold_starts = 0;
};

/// A part of the list of functions.
struct FunctionList {
  std::vector<FunctionLine> lines;
  std::string search;       ///< the part of a name that the person looks for; empty: all functions
  bool first = true;        ///< whether it is the first part of the list
  std::string next;         ///< the name after which the next part begins; empty: this is the last part
  std::string base_domain;  ///< for the advice on an empty list
};

[[nodiscard]] Html functions_page(const FunctionList& list, const Viewer& viewer);

}  // namespace faasta::pages
