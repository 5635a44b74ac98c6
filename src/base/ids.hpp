#pragma once

#include <cstdint>

namespace faasta {

enum class OwnerId : std::int64_t {};
/// Never used again after a function is deleted, so that no data outlives its function.
enum class FunctionId : std::int64_t {};

/// The owner of everything on a server without a GitHub app.
inline constexpr OwnerId kSingleOwner{1};

}  // namespace faasta
