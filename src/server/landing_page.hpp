#pragma once

#include <string_view>

#include "http/exchange.hpp"

namespace faasta::server {

/// The answer of the base domain itself: what this server is, and where to go on.
void answer_landing_page(http::Exchange& exchange, std::string_view base_domain);

}  // namespace faasta::server
