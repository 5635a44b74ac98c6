#include "engine/component.hpp"

#include <engine.h>

#include "engine/failure.hpp"

namespace faasta::engine {

void Component::Free::operator()(fe_component* handle) const noexcept { fe_component_free(handle); }

Result<std::shared_ptr<const Component>> Component::load(std::shared_ptr<const Engine> engine,
                                                         const std::filesystem::path& artifact) {
  fe_error* error = nullptr;
  fe_component* handle = fe_component_load(engine->handle(), artifact.c_str(), &error);
  if (handle == nullptr) return std::unexpected(to_error(error));
  return std::shared_ptr<const Component>(new Component(std::move(engine), handle));
}

std::size_t Component::image_bytes() const noexcept { return fe_component_size(handle_.get()); }

}  // namespace faasta::engine
