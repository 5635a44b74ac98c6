#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/sha256.hpp"
#include "deploy/capabilities.hpp"

namespace faasta::deploy {

/// What a client requests, in addition to sending the component.
struct Order {
  Actor actor;
  FunctionName name;
  FunctionSettings settings;
  std::string message;             ///< the text for the list of versions
  std::uint64_t size = 0;          ///< the size that the client announced, in bytes; 0: unknown
  std::optional<Sha256> declared;  ///< the digest that the component must have
  bool verify = true;              ///< the version must answer a request before it becomes active
  bool allow_new = false;          ///< the version may ask for more capabilities than the active one
  std::uint32_t hourly_quota = 0;  ///< deploys that the owner may make in an hour; 0: any number
};

/// The result of a deploy.
struct Outcome {
  std::uint32_t version = 0;
  std::optional<std::uint32_t> previous;  ///< the version that was active before
  Sha256 sha256;
  std::uint64_t size = 0;           ///< size of the component in bytes
  std::uint64_t compiled_size = 0;  ///< size of the compiled code in bytes
  bool unchanged = false;           ///< the same version was active already; nothing was done
  /// The change from the version that was active before; nothing if there was none.
  std::optional<CapabilityChange> change;
  std::chrono::duration<double, std::milli> compile{};  ///< how long the compile took, including the wait for its turn
};

}  // namespace faasta::deploy
