#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/html.hpp"
#include "pages/chart.hpp"
#include "pages/frame.hpp"

namespace faasta::pages {

struct VersionLine {
  std::uint32_t number = 0;
  bool live = false;
  SystemTime created;
  std::uint64_t size = 0;
  std::string message;
  std::vector<std::string> aliases;
  // The imports that differ from those of the version before, if that one is still stored:
  std::vector<std::string> added;
  std::vector<std::string> removed;
};

/// A call that failed.
struct FailedCall {
  std::string time;  ///< as the log has it
  std::uint32_t version = 0;
  std::string call;     ///< "GET /path"
  std::string outcome;  ///< "trap"
  std::string text;     ///< the guest's message and stack, as the log has them
};

struct FunctionDetails {
  std::string name;
  std::string url;
  std::uint32_t live = 0;
  std::string lock;        ///< why the live version must stay; empty: no lock
  std::string suspension;  ///< why the operator suspended the function; empty: it is not suspended
  bool may_roll_back = false;
  bool may_delete = false;
  // Of the last hour:
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::uint64_t cold_starts = 0;
  std::uint64_t cold_mean_us = 0;
  std::vector<Minute> minutes;
  SystemTime now;
  std::vector<VersionLine> versions;  ///< newest first
  std::vector<FailedCall> failed;     ///< newest first
};

[[nodiscard]] Html function_page(const FunctionDetails& function, const Viewer& viewer);

}  // namespace faasta::pages
