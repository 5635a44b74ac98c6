#pragma once

#include <cstdint>

namespace faasta {

enum class OwnerId : std::int64_t {};
/// Never used again after a function is deleted, so that no data outlives its function.
enum class FunctionId : std::int64_t {};
enum class TokenId : std::int64_t {};

/// The owner of everything on a server without a GitHub app.
inline constexpr OwnerId kSingleOwner{1};
/// In the audit log: the operator, at the machine itself.
inline constexpr OwnerId kOperator{0};

/// On whose behalf something is changed, and by which of that owner's tokens; 0: by none.
struct Actor {
  OwnerId owner{};
  TokenId token{};
};

}  // namespace faasta
