#include "server/runtimes.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"

namespace faasta::server {
namespace {

namespace fs = std::filesystem;

/// The largest value that the setting limits.component_mb can have, in bytes.
constexpr std::size_t kMostBytes = 64U << 20U;

/// Lists the files *.wasm of the folder in the order of their names.
std::vector<fs::path> components_in(const fs::path& folder, std::error_code& missing) {
  std::vector<fs::path> out;
  for (const auto& file : fs::directory_iterator(folder, missing))
    if (file.path().extension() == ".wasm") out.push_back(file.path());
  std::ranges::sort(out);
  return out;
}

}  // namespace

std::vector<Sha256> Runtimes::find() {
  std::vector<Sha256> missing;
  if (folder_.empty()) return missing;
  std::error_code error;
  const auto files = components_in(folder_, error);
  // A server without functions looks twice during its start.
  if (error && !std::exchange(told_, true))
    log::warn("no_runtimes", {{"folder", folder_.string()}, {"cause", error.message()}});
  for (const fs::path& file : files) {
    const auto sha256 = keep(file);
    if (!sha256) {
      log::error("runtime_unusable", {{"file", file.string()}, {"cause", sha256.error().detail}});
      continue;
    }
    const bool compiled = artifacts_.has_compiled(*sha256);
    log::info("runtime", {{"file", file.string()}, {"sha256", sha256->hex()}, {"compiled", compiled}});
    if (!compiled) missing.push_back(*sha256);
  }
  return missing;
}

/// Copies the file to the artifacts, if it is not there yet.
Result<Sha256> Runtimes::keep(const fs::path& file) {
  ASSIGN_OR_RETURN(const std::string bytes, read_file(file, kMostBytes));
  const Sha256 digest = sha256(bytes);
  auto& pin = pins_[digest];
  if (!pin) pin = std::make_unique<store::Artifacts::Pin>(artifacts_, digest);
  std::error_code unreadable;
  if (fs::file_size(artifacts_.component(digest), unreadable) == bytes.size() && !unreadable) return digest;
  ASSIGN_OR_RETURN(store::TemporaryFile copy, artifacts_.temporary());
  RETURN_IF_ERROR(write_all(copy.fd(), bytes));
  RETURN_IF_ERROR(copy.move_to(artifacts_.component(digest)));
  return digest;
}

}  // namespace faasta::server
