#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

/// A repository whose CI jobs may deploy one function.
struct Trust {
  std::int64_t id = 0;
  OwnerId owner{};
  std::string function;
  std::string issuer;
  std::string repository;     ///< "OWNER/REPO", in lower case
  std::string repository_id;  ///< of the first job; empty: there was none yet
  std::string account_id;     ///< of the repository's owner at the issuer, likewise
  std::string ref;            ///< "refs/heads/main"; empty: any
  std::string environment;    ///< empty: any
  SystemTime created;
  std::optional<SystemTime> used;
};

/// What a checked token of an issuer says of a job.
struct Job {
  std::string issuer;
  std::string repository;
  std::string repository_id;
  std::string account_id;
  std::string ref;
  std::string environment;
  Sha256 token;  ///< names the token: the digest of its issuer and its id
  SystemTime expires;
};

}  // namespace faasta::store
