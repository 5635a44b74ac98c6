#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "engine/engine.hpp"
#include "engine/seal.hpp"

struct fe_component;
struct fe_image;

namespace faasta::engine {

/// What the memory of a split component begins with.
class Image {
 public:
  /// Maps a file that src/compile wrote, of the component `sha256`. Fails as Component::load does.
  [[nodiscard]] static Result<Image> open(const Engine& engine, const std::filesystem::path& file,
                                          const Sha256& sha256);
  /// The same for a thread that must not block: null if it would take long.
  [[nodiscard]] static Result<std::optional<Image>> open_at_once(const Engine& engine,
                                                                 const std::filesystem::path& file,
                                                                 const Sha256& sha256);

  /// Digest of the code that it needs.
  [[nodiscard]] Sha256 code() const noexcept;
  [[nodiscard]] const fe_image* handle() const noexcept { return handle_.get(); }  // for this folder

 private:
  struct Free {
    void operator()(fe_image* handle) const noexcept;
  };
  explicit Image(fe_image* handle) : handle_(handle) {}
  std::unique_ptr<fe_image, Free> handle_;
};

/// A loaded component, ready to be instantiated for each call. Any thread, many at once.
class Component {
 public:
  /// Maps an artifact that src/compile wrote. Fails with io_error (not there), artifact_altered (not what was written)
  /// or load_failed (of another build).
  [[nodiscard]] static Result<std::shared_ptr<const Component>> load(std::shared_ptr<const Engine> engine,
                                                                     const std::filesystem::path& artifact,
                                                                     const FileIdentity& identity);
  /// The same for a thread that must not block: null if the artifact is large or not in the page cache.
  [[nodiscard]] static Result<std::shared_ptr<const Component>> load_at_once(std::shared_ptr<const Engine> engine,
                                                                             const std::filesystem::path& artifact,
                                                                             const FileIdentity& identity);

  /// The same code with what its memory begins with; holds `code`.
  [[nodiscard]] static std::shared_ptr<const Component> with_image(std::shared_ptr<const Component> code,
                                                                   const Image& image);

  /// Of the mapped artifact and of what was decoded from it; 0 if that is another component's, which this was made
  /// from.
  [[nodiscard]] std::size_t loaded_bytes() const noexcept;
  [[nodiscard]] const fe_component* handle() const noexcept { return handle_.get(); }  // for this folder

 private:
  struct Free {
    void operator()(fe_component* handle) const noexcept;
  };
  Component(std::shared_ptr<const Engine> engine, std::shared_ptr<const Component> code, fe_component* handle)
      : engine_(std::move(engine)), code_(std::move(code)), handle_(handle) {}

  std::shared_ptr<const Engine> engine_;   // outlives the handle below
  std::shared_ptr<const Component> code_;  // that this shares; so whoever has that sees that it is in use
  std::unique_ptr<fe_component, Free> handle_;
};

}  // namespace faasta::engine
