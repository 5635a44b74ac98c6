#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "base/error.hpp"
#include "engine/engine.hpp"

struct fe_component;

namespace faasta::engine {

/// A loaded component, ready to be instantiated for each call. Any thread, many at once.
class Component {
 public:
  /// Maps an artifact that src/compile wrote. Fails with io_error (not there) or load_failed (of another build).
  /// The same artifact must not be loaded while a Component of it lives: gateway/component_cache.hpp sees to that.
  [[nodiscard]] static Result<std::shared_ptr<const Component>> load(std::shared_ptr<const Engine> engine,
                                                                     const std::filesystem::path& artifact);

  [[nodiscard]] std::size_t image_bytes() const noexcept;
  [[nodiscard]] const fe_component* handle() const noexcept { return handle_.get(); }  // for this folder

 private:
  struct Free {
    void operator()(fe_component* handle) const noexcept;
  };
  Component(std::shared_ptr<const Engine> engine, fe_component* handle) : engine_(std::move(engine)), handle_(handle) {}

  std::shared_ptr<const Engine> engine_;  // outlives the handle below
  std::unique_ptr<fe_component, Free> handle_;
};

}  // namespace faasta::engine
