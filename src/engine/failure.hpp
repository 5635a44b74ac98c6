#pragma once
// From the engine's errors to ours. Internal to src/engine.

#include "base/error.hpp"

struct fe_error;

namespace faasta::engine {

/// Takes over `error` and frees it.
[[nodiscard]] Error to_error(fe_error* error);

}  // namespace faasta::engine
