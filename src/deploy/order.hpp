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

/// The settings of one deploy that the client requests.
struct Order {
  Actor actor;
  FunctionName name;
  FunctionSettings settings;
  std::string message;                ///< the text for the list of versions
  std::uint64_t size = 0;             ///< the size that the client announced, in bytes; 0: unknown
  std::optional<Sha256> declared;     ///< the digest that the component must have
  bool verify = true;                 ///< whether the version must answer a request before it becomes active
  bool activate = true;               ///< whether the version becomes active
  std::string source{};               ///< where the code comes from, such as a commit; empty: unknown
  std::string alias{};                ///< an alias that the version gets; empty: none
  bool allow_new = false;             ///< whether the version may have more capabilities than the active version
  std::uint32_t hourly_quota = 0;     ///< how many deploys the owner may make in an hour; 0: any number
  std::uint32_t compile_seconds = 0;  ///< how much CPU time the owner's compiles may use in an hour; 0: any time
};

/// The result of a deploy.
struct Outcome {
  std::uint32_t version = 0;
  std::optional<std::uint32_t> previous;  ///< the version that was active before
  Sha256 sha256;
  std::uint64_t size = 0;           ///< size of the component in bytes
  std::uint64_t compiled_size = 0;  ///< size of the compiled code in bytes
  bool activated = true;            ///< whether the version is active
  bool unchanged = false;           ///< whether the same version was already active; then the deploy changed nothing
  /// How the capabilities changed from the version that was active before. Empty if no version was active before.
  std::optional<CapabilityChange> change;
  std::chrono::duration<double, std::milli>
      compile{};  ///< how long the compile took, including the time before it could begin
};

}  // namespace faasta::deploy
