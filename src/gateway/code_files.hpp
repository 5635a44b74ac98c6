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

/// Loads components out of the files with their compiled code, and has code made anew that is missing or altered. Any
/// thread.
class CodeFiles {
 public:
  using Loaded = Result<ComponentCache::Component>;
  /// Asks for compiled code that is missing or altered; may be called again while it is being made. An error: it cannot
  /// be made.
  using Rebuild = std::function<std::optional<Error>(const Sha256&)>;

  /// `cache`: has the code that components share, and makes room where the machine has none.
  CodeFiles(std::shared_ptr<const engine::Engine> engine, store::Artifacts& artifacts, ComponentCache& cache,
            Rebuild rebuild)
      : engine_(std::move(engine)), artifacts_(artifacts), cache_(cache), rebuild_(std::move(rebuild)) {}

  /// Loads a component. `at_once`: on an event loop, which must not block; null if it would.
  [[nodiscard]] Loaded load(const Sha256& sha256, bool at_once);
  /// A call's code could not be read while it ran: it is made anew, and the next call loads that. What the caller of
  /// this one is told.
  [[nodiscard]] Error replace_lost(const Sha256& sha256, const Error& error);

 private:
  Loaded load_code(const std::filesystem::path& artifact, const engine::FileIdentity& identity, bool at_once);
  /// Nothing: that would take too long here.
  Result<std::optional<engine::Image>> open_image(const Sha256& sha256, bool at_once);
  Loaded load_shared(const Sha256& sha256, bool at_once);

  std::shared_ptr<const engine::Engine> engine_;
  store::Artifacts& artifacts_;
  ComponentCache& cache_;
  Rebuild rebuild_;
};

}  // namespace faasta::gateway
