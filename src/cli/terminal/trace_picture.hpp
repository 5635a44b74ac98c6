#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace faasta::cli {

/// Draws how the time of a call was spent: a line with a bar for each phase and each outgoing request. `trace` is the
/// answer of GET /v1/functions/{name}/trace.
[[nodiscard]] std::string trace_picture(const boost::json::object& trace);

}  // namespace faasta::cli
