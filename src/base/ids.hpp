#pragma once

#include <cstdint>

namespace faasta {

enum class OwnerId : std::int64_t {};
/// The number of a deleted function is never used for another function. So data that a deleted function has left cannot
/// become data of another function.
enum class FunctionId : std::int64_t {};
enum class TokenId : std::int64_t {};

/// The owner of all functions on a server without a GitHub app.
inline constexpr OwnerId kSingleOwner{1};
/// Who makes a change: the owner, with one of the owner's tokens; the operator on the machine itself; or the server.
/// `owner` is always the owner of the changed data.
struct Actor {
  OwnerId owner{};
  TokenId token{};
  bool by_operator = false;
  bool by_server = false;
};

}  // namespace faasta
