#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace faasta::store {

/// The live value of a secret, without the value itself.
struct SecretRecord {
  std::string name;
  std::uint32_t generation = 0;  ///< 1, 2, 3, ...: a new value has a new generation
  std::uint32_t kept = 0;        ///< how many generations are stored
  SystemTime created;            ///< when this value was set
  std::string actor;             ///< the token that set it
};

/// One stored generation of a secret, without its value.
struct SecretGeneration {
  SecretRecord record;
  std::uint64_t size = 0;  ///< bytes of the value
};

/// A stored value: src/secrets seals and opens it.
struct SealedSecret {
  std::string name;
  std::uint32_t generation = 0;
  std::string key;     ///< the id of the key that sealed it
  std::string sealed;  ///< in base64
};

/// The place of one value, for `faastad admin rotate-key`.
struct SealedPlace {
  std::int64_t owner = 0;
  std::string function;
  SealedSecret secret;
};

/// What an owner has.
struct SecretUsage {
  std::uint32_t secrets = 0;  ///< names, for all functions together
};

}  // namespace faasta::store
