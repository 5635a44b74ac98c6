#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "engine/component.hpp"
#include "gateway/component_cache.hpp"
#include "store/artifacts.hpp"

namespace faasta::gateway {

/// Loads components from the files with their compiled code. Asks for new compiled code if it is missing or altered.
/// Any thread may use it.
class CodeFiles {
 public:
  using Loaded = Result<ComponentCache::Component>;
  /// Starts to compile missing or altered code again. Another call during the compile is allowed. Returns an error if
  /// the code cannot be compiled.
  using Rebuild = std::function<std::optional<Error>(const Sha256&)>;

  /// `cache` holds the code that components share. When the machine has no memory left, CodeFiles tells the cache to
  /// evict components.
  CodeFiles(std::shared_ptr<const engine::Engine> engine, store::Artifacts& artifacts, ComponentCache& cache,
            Rebuild rebuild)
      : engine_(std::move(engine)), artifacts_(artifacts), cache_(cache), rebuild_(std::move(rebuild)) {}

  /// Loads a component. Set `at_once` on an event loop, which must not block. Then the result is null if loading would
  /// block.
  [[nodiscard]] Loaded load(const Sha256& sha256, bool at_once);
  /// Call this if the code of a component could not be read while one of its calls ran. Starts to compile the code
  /// again, and the next call loads the new code. Returns the error for the caller of the failed call.
  [[nodiscard]] Error replace_lost(const Sha256& sha256, const Error& error);

 private:
  Loaded load_code(const std::filesystem::path& artifact, const engine::FileIdentity& identity, bool at_once);
  /// Returns nothing if opening the image would block and `at_once` is true.
  Result<std::optional<engine::Image>> open_image(const Sha256& sha256, bool at_once);
  Loaded load_shared(const Sha256& sha256, bool at_once);

  std::shared_ptr<const engine::Engine> engine_;
  store::Artifacts& artifacts_;
  ComponentCache& cache_;
  Rebuild rebuild_;
};

}  // namespace faasta::gateway
