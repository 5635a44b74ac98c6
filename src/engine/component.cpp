#include "engine/component.hpp"

#include <engine.h>

#include <cstring>

#include "engine/failure.hpp"

namespace faasta::engine {

void Image::Free::operator()(fe_image* handle) const noexcept { fe_image_free(handle); }

Result<Image> Image::open(const Engine& engine, const std::filesystem::path& file, const Sha256& sha256) {
  const fe_identity identity = raw({FileKind::image, sha256});
  fe_error* error = nullptr;
  fe_image* handle = fe_image_open(engine.handle(), file.c_str(), &identity, 0, &error);
  if (handle == nullptr) return std::unexpected(to_error(error));
  return Image(handle);
}

Result<std::optional<Image>> Image::open_at_once(const Engine& engine, const std::filesystem::path& file,
                                                 const Sha256& sha256) {
  const fe_identity identity = raw({FileKind::image, sha256});
  fe_error* error = nullptr;
  fe_image* handle = fe_image_open(engine.handle(), file.c_str(), &identity, 1, &error);
  if (handle != nullptr) return Image(handle);
  if (fe_error_kind(error) != FE_SLOW) return std::unexpected(to_error(error));
  fe_error_free(error);
  return std::nullopt;
}

Sha256 Image::code() const noexcept {
  const fe_bytes bytes = fe_image_code(handle_.get());
  Sha256 out;
  std::memcpy(out.bytes.data(), bytes.data, out.bytes.size());
  return out;
}

void Component::Free::operator()(fe_component* handle) const noexcept { fe_component_free(handle); }

Result<std::shared_ptr<const Component>> Component::load(std::shared_ptr<const Engine> engine,
                                                         const std::filesystem::path& artifact,
                                                         const FileIdentity& identity) {
  const fe_identity to_be = raw(identity);
  fe_error* error = nullptr;
  fe_component* handle = fe_component_load(engine->handle(), artifact.c_str(), &to_be, 0, &error);
  if (handle == nullptr) return std::unexpected(to_error(error));
  return std::shared_ptr<const Component>(new Component(std::move(engine), nullptr, handle));
}

Result<std::shared_ptr<const Component>> Component::load_at_once(std::shared_ptr<const Engine> engine,
                                                                 const std::filesystem::path& artifact,
                                                                 const FileIdentity& identity) {
  const fe_identity to_be = raw(identity);
  // Loading takes about 100 us for each MiB.
  constexpr std::size_t kMostBytes = 2U << 20U;
  fe_error* error = nullptr;
  fe_component* handle = fe_component_load(engine->handle(), artifact.c_str(), &to_be, kMostBytes, &error);
  if (handle != nullptr) return std::shared_ptr<const Component>(new Component(std::move(engine), nullptr, handle));
  if (fe_error_kind(error) != FE_SLOW) return std::unexpected(to_error(error));
  fe_error_free(error);
  return nullptr;
}

std::shared_ptr<const Component> Component::with_image(std::shared_ptr<const Component> code, const Image& image) {
  fe_component* handle = fe_component_with_image(code->handle_.get(), image.handle());
  auto engine = code->engine_;
  return std::shared_ptr<const Component>(new Component(std::move(engine), std::move(code), handle));
}

std::size_t Component::loaded_bytes() const noexcept { return fe_component_size(handle_.get()); }

}  // namespace faasta::engine
