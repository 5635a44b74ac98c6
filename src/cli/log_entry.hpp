#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "cli/paint.hpp"

namespace faasta::cli {

/// One entry of a function's log as a line for people, with nothing in it that a terminal would obey.
[[nodiscard]] std::string render_entry(const boost::json::object& entry, Paint paint);
[[nodiscard]] bool is_gap(const boost::json::object& entry);
/// What a gap says: "1.2 KiB of the log were missed".
[[nodiscard]] std::string render_gap(const boost::json::object& entry);

}  // namespace faasta::cli
