#include "gateway/code_files.hpp"

#include <chrono>

#include "base/log.hpp"
#include "base/propagate.hpp"

namespace faasta::gateway {
namespace {

/// How long a caller should wait for code that is being compiled.
constexpr std::chrono::seconds kRetry{1};

}  // namespace

CodeFiles::Loaded CodeFiles::load(const Sha256& sha256, bool at_once) {
  // Look for own code first, because most functions have it. If an image came first, each of these functions would cost
  // a failed look-up of a path.
  auto loaded = load_code(artifacts_.compiled(sha256), {engine::FileKind::code, sha256}, at_once);
  if (!loaded && artifacts_.is_shared(sha256)) loaded = load_shared(sha256, at_once);
  if (loaded) return loaded;
  if (loaded.error().code == Code::busy_server) {
    // The machine lacks memory, mappings or descriptors; the code is not damaged.
    log::warn("load_refused", {{"sha256", sha256.hex()}, {"cause", loaded.error().detail}});
    cache_.make_room();
    return fail_for_now(Code::busy_server, "there is no room to load the function's code", kRetry);
  }
  log::error("load_failed", {{"sha256", sha256.hex()}, {"cause", loaded.error().detail}});
  if (const auto hopeless = rebuild_(sha256)) return std::unexpected(*hopeless);
  return fail_for_now(Code::rebuilding, {}, kRetry);
}

CodeFiles::Loaded CodeFiles::load_code(const std::filesystem::path& artifact, const engine::FileIdentity& identity,
                                       bool at_once) {
  return at_once ? engine::Component::load_at_once(engine_, artifact, identity)
                 : engine::Component::load(engine_, artifact, identity);
}

Result<std::optional<engine::Image>> CodeFiles::open_image(const Sha256& sha256, bool at_once) {
  const auto file = artifacts_.image(sha256);
  if (at_once) return engine::Image::open_at_once(*engine_, file, sha256);
  return engine::Image::open(*engine_, file, sha256);
}

CodeFiles::Loaded CodeFiles::load_shared(const Sha256& sha256, bool at_once) {
  ASSIGN_OR_RETURN(const auto image, open_image(sha256, at_once));
  if (!image) return nullptr;
  auto code = cache_.find(image->code());
  if (!code) {
    ASSIGN_OR_RETURN(const auto loaded, load_code(artifacts_.shared(image->code()),
                                                  {engine::FileKind::shared_code, image->code()}, at_once));
    if (!loaded) return nullptr;
    code = cache_.keep(image->code(), loaded);
  }
  return engine::Component::with_image(std::move(code), *image);
}

Error CodeFiles::replace_lost(const Sha256& sha256, const Error& error) {
  log::error("code_lost", {{"sha256", sha256.hex()}, {"cause", error.detail}});
  cache_.forget(sha256);
  if (const auto code = artifacts_.code_of(sha256)) cache_.forget(*code);
  if (auto hopeless = rebuild_(sha256)) return std::move(*hopeless);
  return fail_for_now(Code::rebuilding, {}, kRetry).error();
}

}  // namespace faasta::gateway
