#include "engine/compiler.hpp"

#include <engine.h>

#include <memory>
#include <span>

#include "base/sha256.hpp"
#include "engine/failure.hpp"
#include "engine/raw_limits.hpp"

namespace faasta::engine {
namespace {

struct FreeArtifact {
  void operator()(fe_artifact* handle) const noexcept { fe_artifact_free(handle); }
};

fe_bytes bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
struct FreeParts {
  void operator()(fe_parts* handle) const noexcept { fe_parts_free(handle); }
};

std::string_view text(fe_bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

/// Converts an error of the instantiation. During the instantiation, only the guest's start function runs, so each
/// failure is a failure of the start function.
Error as_start_failure(Error error) {
  switch (error.code) {
    case Code::guest_trap:
    case Code::resource_limit:
      error.code = Code::component_start_trap;
      break;
    case Code::cpu_limit:
    case Code::memory_limit:
      error.code = Code::component_start_limit;
      break;
    default:
      break;
  }
  return error;
}

}  // namespace

Result<Artifact> compile(const Engine& engine, std::string_view wasm, const CallLimits& limits,
                         const std::filesystem::path& output, const std::filesystem::path& image) {
  const fe_limits raw_limits = raw(limits);
  fe_error* error = nullptr;
  const std::unique_ptr<fe_artifact, FreeArtifact> handle(fe_compile(
      engine.handle(), bytes(wasm), &raw_limits, image.empty() ? nullptr : image.c_str(), output.c_str(), &error));
  if (!handle) return std::unexpected(as_start_failure(to_error(error)));
  Artifact out{fe_artifact_bytes(handle.get()), {}};
  std::size_t count = 0;
  const fe_bytes* imports = fe_artifact_imports(handle.get(), &count);
  for (const fe_bytes& name : std::span(imports, count)) out.imports.emplace_back(text(name));
  return out;
}

void note_first_call(const Engine& engine, const std::filesystem::path& file, const CallLimits& limits,
                     const std::filesystem::path& image) {
  const fe_limits raw_limits = raw(limits);
  fe_note_first_call(engine.handle(), file.c_str(), &raw_limits, image.empty() ? nullptr : image.c_str());
}

std::optional<Parts> split(std::string_view wasm) {
  const std::unique_ptr<fe_parts, FreeParts> handle(fe_split(bytes(wasm)));
  if (!handle) return std::nullopt;
  Parts out{std::string(text(fe_parts_code(handle.get()))), {}, {}};
  const Sha256 digest = sha256(out.code);
  out.image = text(fe_parts_image(handle.get(), digest.bytes.data()));
  std::size_t count = 0;
  const fe_bytes* imports = fe_parts_imports(handle.get(), &count);
  for (const fe_bytes& name : std::span(imports, count)) out.imports.emplace_back(text(name));
  return out;
}

}  // namespace faasta::engine
