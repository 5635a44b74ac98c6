#pragma once
// Translates errors of engine.h into Error. Internal to src/engine.

#include "base/error.hpp"

struct fe_error;

namespace faasta::engine {

/// Translates `error` and frees it.
[[nodiscard]] Error to_error(fe_error* error);

}  // namespace faasta::engine
