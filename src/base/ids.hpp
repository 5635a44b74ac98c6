#pragma once

#include <cstdint>

namespace faasta {

enum class OwnerId : std::int64_t {};
/// The number of a deleted function is never given to another one, so data left by the first cannot become the
/// second's.
enum class FunctionId : std::int64_t {};
enum class TokenId : std::int64_t {};

/// The owner of all functions on a server without a GitHub app.
inline constexpr OwnerId kSingleOwner{1};
/// The owner whose things are changed, and who changes them: one of the owner's tokens, or the operator on the machine
/// itself.
struct Actor {
  OwnerId owner{};
  TokenId token{};
  bool by_operator = false;
};

}  // namespace faasta
