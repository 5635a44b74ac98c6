#include "engine/seal.hpp"

#include <engine.h>

#include <algorithm>

#include "engine/failure.hpp"

namespace faasta::engine {
namespace {

static_assert(sizeof(fe_identity) == 36);

Result<> told(fe_error* error) {
  if (error == nullptr) return {};
  return std::unexpected(to_error(error));
}

}  // namespace

fe_identity raw(const FileIdentity& identity) noexcept {
  fe_identity out{};
  out.kind = static_cast<fe_file_kind>(identity.kind);
  std::ranges::copy(identity.component.bytes, out.component);
  return out;
}

Result<> seal(const Engine& engine, const std::filesystem::path& file, const FileIdentity& identity) {
  const fe_identity to_be = raw(identity);
  return told(fe_seal(engine.handle(), file.c_str(), &to_be));
}

Result<> check(const Engine& engine, const std::filesystem::path& file, const FileIdentity& identity) {
  const fe_identity to_be = raw(identity);
  return told(fe_check(engine.handle(), file.c_str(), &to_be, 1));
}

Result<> check_in_cache(const Engine& engine, const std::filesystem::path& file, const FileIdentity& identity) {
  const fe_identity to_be = raw(identity);
  fe_error* const error = fe_check(engine.handle(), file.c_str(), &to_be, 0);
  if (error == nullptr || fe_error_kind(error) != FE_SLOW) return told(error);
  fe_error_free(error);
  return {};
}

}  // namespace faasta::engine
