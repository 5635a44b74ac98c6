#pragma once

#include "base/json.hpp"
#include "store/catalog_records.hpp"

namespace faasta::api {

/// Returns what differs between two versions of a function: imports, origins, secrets, limits, names of variables,
/// packages. openapi.json describes the form.
[[nodiscard]] json::object difference(const store::VersionContent& from, const store::VersionContent& to);

}  // namespace faasta::api
