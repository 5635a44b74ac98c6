#pragma once

#include <boost/json/object.hpp>

#include "cli/terminal/output.hpp"

namespace faasta::cli {

/// Prints what differs between two versions, one line for each change, as `GET /v1/functions/{name}/difference` answers
/// it.
void show_difference(Output& output, const boost::json::object& answer);

}  // namespace faasta::cli
