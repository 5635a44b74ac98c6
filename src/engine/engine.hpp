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

struct fe_engine;
struct fe_error;

namespace faasta::engine {

struct Options {
  std::uint32_t slots = 1000;  ///< calls alive at once; 0: any number
  /// The largest memory limit of any call: what an instance reserves of address space.
  std::uint64_t memory_bytes = CallLimits().memory_bytes;
  /// Linear memory of all calls together, of which those of one owner have at most three times what is then left; 0:
  /// any.
  std::uint64_t all_memory_bytes = 0;
  /// Pages of a finished call are cleared and stay mapped for the next.
  bool keep_resident = true;
  /// "ip:port" that outgoing requests may reach although private; for tests and services of the operator.
  std::vector<std::string> reachable;
  /// Those of public addresses that outgoing requests may reach.
  std::vector<std::uint16_t> ports = {80, 443, 8080, 8443};
};

/// The engine of the process. Components and calls keep it alive. Any thread.
class Engine {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const Engine>> open(const Options& options);

  /// Artifacts are good only under the fingerprint they were made with; fit for a folder name.
  [[nodiscard]] std::string fingerprint() const;
  /// To be called once on each thread that polls calls, before its first.
  void enter_thread() const noexcept;
  /// Gives back the memories and stacks that no call needed since the last time that this was called.
  void trim() const noexcept;
  /// Why outgoing requests to an origin would be refused, as far as that is known without a look-up of its name.
  [[nodiscard]] std::optional<std::string> outbound_warning(std::string_view origin) const;

  [[nodiscard]] fe_engine* handle() const noexcept { return handle_.get(); }  // for this folder

 private:
  struct Free {
    void operator()(fe_engine* handle) const noexcept;
  };
  explicit Engine(fe_engine* handle) : handle_(handle) {}
  std::unique_ptr<fe_engine, Free> handle_;
};

/// From now on, a fault that ends the process while a guest runs adds a line to `file`: the digest of the guest's
/// component and the signal's number. Once for the process, before its first engine.
[[nodiscard]] Result<> note_crashes(const std::filesystem::path& file);

/// Whether any swap is on: then dirty pages must not be kept (docs/operate.md, "Swap").
[[nodiscard]] bool machine_swaps();

}  // namespace faasta::engine
