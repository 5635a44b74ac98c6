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

/// The initial memory of a split component.
class Image {
 public:
  /// Maps an image file that src/compile wrote for the component `sha256`. Fails with the same errors as
  /// Component::load.
  [[nodiscard]] static Result<Image> open(const Engine& engine, const std::filesystem::path& file,
                                          const Sha256& sha256);
  /// Opens an image on a thread that must not block. Returns nothing if opening would take long.
  [[nodiscard]] static Result<std::optional<Image>> open_at_once(const Engine& engine,
                                                                 const std::filesystem::path& file,
                                                                 const Sha256& sha256);

  /// Returns the SHA-256 of the code that belongs to the image.
  [[nodiscard]] Sha256 code() const noexcept;
  [[nodiscard]] const fe_image* handle() const noexcept { return handle_.get(); }  // used only in src/engine

 private:
  struct Free {
    void operator()(fe_image* handle) const noexcept;
  };
  explicit Image(fe_image* handle) : handle_(handle) {}
  std::unique_ptr<fe_image, Free> handle_;
};

/// A loaded component. Each call makes an instance of it. Any number of threads may use it at the same time.
class Component {
 public:
  /// Maps an artifact that src/compile wrote. Fails with io_error (there is no file), artifact_altered (the file was
  /// changed after it was written) or load_failed (another build wrote it).
  [[nodiscard]] static Result<std::shared_ptr<const Component>> load(std::shared_ptr<const Engine> engine,
                                                                     const std::filesystem::path& artifact,
                                                                     const FileIdentity& identity);
  /// Loads an artifact on a thread that must not block. Null if the artifact is large or not in the page cache.
  [[nodiscard]] static Result<std::shared_ptr<const Component>> load_at_once(std::shared_ptr<const Engine> engine,
                                                                             const std::filesystem::path& artifact,
                                                                             const FileIdentity& identity);

  /// Makes a component with this code and the initial memory of `image`. The new component keeps `code` alive.
  [[nodiscard]] static std::shared_ptr<const Component> with_image(std::shared_ptr<const Component> code,
                                                                   const Image& image);

  /// Returns the size in bytes of the mapped artifact and of the data decoded from the artifact. 0 if this component
  /// shares the code of another component.
  [[nodiscard]] std::size_t loaded_bytes() const noexcept;
  [[nodiscard]] const fe_component* handle() const noexcept { return handle_.get(); }  // used only in src/engine

 private:
  struct Free {
    void operator()(fe_component* handle) const noexcept;
  };
  Component(std::shared_ptr<const Engine> engine, std::shared_ptr<const Component> code, fe_component* handle)
      : engine_(std::move(engine)), code_(std::move(code)), handle_(handle) {}

  std::shared_ptr<const Engine> engine_;  // must live longer than the handle below
  std::shared_ptr<const Component>
      code_;  // the component with the shared code; this reference marks the code as in use
  std::unique_ptr<fe_component, Free> handle_;
};

}  // namespace faasta::engine
