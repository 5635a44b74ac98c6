#pragma once
// The values of owners and tokens that the catalog stores.

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

/// An owner of functions. GitHub's numeric id identifies the person; the login can change.
struct Account {
  OwnerId id{};
  std::optional<std::int64_t> github_id;
  std::string login;
  SystemTime created;
  std::optional<SystemTime> suspended;
  std::string quota_overrides;  ///< a JSON object; see with_overrides()
};

/// The data of a token that its owner can see. The token's text is not stored; the catalog stores only the SHA-256 of
/// the text.
struct Token {
  TokenId id{};
  std::string name;
  std::string scopes;  ///< in the form that Scopes writes
  SystemTime created;
  std::optional<SystemTime> expires;
  std::optional<SystemTime> last_used;
};

struct NewToken {
  Sha256 hash;
  std::string name;
  std::string scopes;
  std::optional<SystemTime> expires;
};

/// A token that came with a request, and the account of the token's owner.
struct Bearer {
  Account account;
  Token token;
};

/// A browser that is signed in to the dashboard.
struct Session {
  Bearer bearer;  ///< the token with which the browser signed in
  SystemTime used;
};

/// A session ends after this time without use.
inline constexpr std::chrono::hours kSessionIdle{12};
/// How many sessions a token may have. With one more, the session that was used longest ago ends.
inline constexpr std::int64_t kSessionsOfToken = 20;

/// The parts of a quota that an owner has used.
struct Usage {
  std::uint32_t functions = 0;
  std::uint64_t stored_bytes = 0;
  std::uint32_t deploys_last_hour = 0;
};

/// The parts of a quota that an owner has used, and the values from which the owner's quota is computed.
struct Holdings {
  Usage usage;
  std::string quota_overrides;              ///< a JSON object; see with_overrides()
  std::optional<SystemTime> oldest_deploy;  ///< the oldest deploy of the last hour
};

/// The number of an owner's tokens that can be used.
struct TokenCount {
  std::int64_t tokens = 0;
  std::string quota_overrides;
};

}  // namespace faasta::store
