#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "engine/seal_key.hpp"

struct fe_engine;
struct fe_error;

namespace faasta::engine {

/// The clocks that guests see: those of the machine, with a new value each millisecond, or the time at which the call
/// began.
enum class Clock : std::uint8_t { exact = 0, coarse = 1, frozen = 2 };

struct Options {
  std::uint32_t slots = 1000;  ///< most calls at a time; 0: any number
  /// The largest memory limit of any call, in bytes. Each instance reserves address space of this size.
  std::uint64_t memory_bytes = CallLimits().memory_bytes;
  /// The most linear memory of all running calls together, in bytes; 0: no limit. The calls of one owner may hold at
  /// most three times the memory that is still free.
  std::uint64_t all_memory_bytes = 0;
  /// Whether the pages of an ended call are cleared and stay mapped for the next call.
  bool keep_resident = true;
  Clock clock = Clock::exact;
  /// Compiles in less time, to code that runs slower. Engines without this load the code too.
  bool quick_code = false;
  /// Private addresses "ip:port" that outgoing requests may reach, for tests and for services of the operator.
  std::vector<std::string> reachable;
  /// The ports of public addresses that outgoing requests may reach.
  std::vector<std::uint16_t> ports = {80, 443, 8080, 8443};
  /// The key of the server's seals. Without a key, the process has a random one: files that it seals are valid in this
  /// process alone.
  std::optional<SealKey> seal_key = {};
};

/// Loads and runs components, with Wasmtime (engine/). Components and calls keep it alive. Any thread may use it.
class Engine {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const Engine>> open(const Options& options);

  /// An engine can load an artifact only if an engine with the same fingerprint compiled the artifact. Engines with
  /// different keys have different fingerprints. The fingerprint can be used as the name of a folder.
  [[nodiscard]] std::string fingerprint() const;
  /// Call this once on each thread that polls calls, before the first poll.
  void enter_thread() const noexcept;
  /// Frees the memories and stacks that no call has needed since the last trim.
  void trim() const noexcept;
  /// Returns the reason why outgoing requests to `origin` would be refused. Returns nothing if no reason is known
  /// before a DNS look-up.
  [[nodiscard]] std::optional<std::string> outbound_warning(std::string_view origin) const;

  [[nodiscard]] fe_engine* handle() const noexcept { return handle_.get(); }  // used only in src/engine

 private:
  struct Free {
    void operator()(fe_engine* handle) const noexcept;
  };
  explicit Engine(fe_engine* handle) : handle_(handle) {}
  std::unique_ptr<fe_engine, Free> handle_;
};

/// From now on, if a fault ends the process while a guest runs, a line is added to `file`: the SHA-256 of the guest's
/// component, and the number of the signal. Call this once, before the process makes its first engine.
[[nodiscard]] Result<> note_crashes(const std::filesystem::path& file);

/// Whether the machine uses swap. Then dirty pages must not be kept (docs/operate.md, "Swap").
[[nodiscard]] bool machine_swaps();

}  // namespace faasta::engine
