#pragma once

#include <string_view>

#include "base/error.hpp"
#include "store/catalog.hpp"

namespace faasta::admin {

/// `faastad admin audit`: prints the functions that have a version of `crate` in `range` ("<1.2", "*") in one of their
/// stored versions, according to the lists in their components. Fails with usage if the range is invalid.
[[nodiscard]] Result<> print_crate_audit(store::Catalog& catalog, std::string_view crate, std::string_view range,
                                         bool json);

}  // namespace faasta::admin
