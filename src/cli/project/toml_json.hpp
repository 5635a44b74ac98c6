#pragma once

#include <boost/json/value.hpp>

#include "base/toml.hpp"

namespace faasta::cli {

/// Returns the value of a node. A date and a number with a fraction, which no key of faasta.toml has, become null.
[[nodiscard]] boost::json::value to_json(const toml::node& node);

}  // namespace faasta::cli
