#pragma once

#include <cstdint>

namespace faasta {

enum class OwnerId : std::int64_t {};
/// Never used again after a function is deleted, so that no data outlives its function.
enum class FunctionId : std::int64_t {};
enum class TokenId : std::int64_t {};

/// The owner of everything on a server without a GitHub app.
inline constexpr OwnerId kSingleOwner{1};
/// Whose things are changed, and by whom: one of the owner's tokens, or the operator at the machine itself.
struct Actor {
  OwnerId owner{};
  TokenId token{};
  bool by_operator = false;
};

}  // namespace faasta
