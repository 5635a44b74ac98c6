#pragma once
// What the catalog says of owners and their tokens.

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

/// Who owns functions. The identity is the numeric id that GitHub gave; the login may be renamed.
struct Account {
  OwnerId id{};
  std::optional<std::int64_t> github_id;
  std::string login;
  SystemTime created;
  std::optional<SystemTime> suspended;
  std::string quota_overrides;  ///< a JSON object: with_overrides()
};

/// A token as its owner sees it. The token itself is nowhere: only its SHA-256.
struct Token {
  TokenId id{};
  std::string name;
  std::string scopes;  ///< as Scopes writes them
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

/// Who shows a token, and which.
struct Bearer {
  Account account;
  Token token;
};

/// What an owner has of a quota's figures.
struct Usage {
  std::uint32_t functions = 0;
  std::uint64_t stored_bytes = 0;
  std::uint32_t deploys_last_hour = 0;
};

/// The same, with what the owner's quota depends on.
struct Holdings {
  Usage usage;
  std::string quota_overrides;              ///< a JSON object: with_overrides()
  std::optional<SystemTime> oldest_deploy;  ///< of the last hour
};

/// The tokens of an owner that can be used, counted.
struct TokenCount {
  std::int64_t tokens = 0;
  std::string quota_overrides;
};

}  // namespace faasta::store
