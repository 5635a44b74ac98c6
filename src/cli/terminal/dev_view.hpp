#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "cli/terminal/log_entry.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/request_blocks.hpp"

namespace faasta::cli {

/// Shows the log of a function in `faasta dev`: a line for each request, and below it the lines of the function. Used
/// on one thread; it writes whole lines, so that the output of another thread does not come between.
class DevView {
 public:
  DevView(bool json, bool quiet, Paint paint)
      : output_({.json = json, .quiet = quiet, .verbose = false, .color = ColorChoice::never}), renderer_(paint) {}

  void add(const boost::json::object& entry) { blocks_.add(entry); }

 private:
  void show(const boost::json::object* request, const std::vector<boost::json::object>& lines);

  Output output_;
  LogRenderer renderer_;
  RequestBlocks blocks_{[this](const auto* request, const auto& lines) { show(request, lines); }};
};

}  // namespace faasta::cli
