#include "cli/project/package_source.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/file.hpp"
#include "base/toml.hpp"

namespace faasta::cli {
namespace {

namespace fs = std::filesystem;

/// The path without symbolic links, so that two names of a folder compare equal.
fs::path real(const fs::path& path) {
  std::error_code error;
  fs::path out = fs::weakly_canonical(path, error);
  return error ? path.lexically_normal() : out;
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [left, right] = std::ranges::mismatch(path, folder);
  return right == folder.end() && left != path.end();
}

bool is_crates_io(std::string_view source) {
  return source == "registry+https://github.com/rust-lang/crates.io-index" ||
         source == "sparse+https://index.crates.io/";
}

/// Returns "https://user:secret@host/x" without the user, because other people will read the dependency list.
std::string without_user(std::string source) {
  const std::size_t start = source.find("://");
  if (start == std::string::npos) return source;
  const std::size_t end = std::min(source.find('/', start + 3), source.size());
  const std::size_t at = source.rfind('@', end);
  if (at != std::string::npos && at > start) source.erase(start + 3, at - start - 2);
  return source;
}

}  // namespace

PackageSources::PackageSources(const CargoGraph& graph, const fs::path& cargo_home)
    : workspace_(real(graph.workspace_root)),
      registry_(real(cargo_home / "registry" / "src")),
      checkouts_(real(cargo_home / "git" / "checkouts")) {
  for (const std::size_t member : graph.members) members_.insert(graph.packages[member].id);
}

bool PackageSources::is_own(const GraphPackage& package) const {
  return members_.contains(package.id) || is_below(real(package.manifest), workspace_);
}

std::string PackageSources::source_of(const GraphPackage& package, bool stands_in) const {
  if (package.source.empty()) return is_own(package) && !stands_in ? "local" : "path";
  const fs::path manifest = real(package.manifest);
  if (package.source.starts_with("git+"))
    return is_below(manifest, checkouts_) ? without_user(package.source) : "vendored";
  // The path is <registry's folder>/<package>/Cargo.toml. Cargo unpacks a downloaded package there after it has
  // compared the checksum, and marks the package with a file. A registry without a host, on this machine, has the
  // folder "-<digest>".
  const fs::path folder = manifest.parent_path();
  std::error_code error;
  const bool unpacked = folder.parent_path().parent_path() == registry_ && fs::exists(folder / ".cargo-ok", error);
  if (!unpacked) return "vendored";
  if (folder.parent_path().filename().string().starts_with('-')) return "local-registry";
  return is_crates_io(package.source) ? "crates.io" : without_user(package.source);
}

fs::path cargo_home() {
  const char* set = std::getenv("CARGO_HOME");
  if (set != nullptr && *set != '\0') return fs::absolute(set);
  const char* home = std::getenv("HOME");
  return fs::path(home == nullptr ? "" : home) / ".cargo";
}

std::string checksum_key(const std::string& name, const std::string& version, const std::string& source) {
  return name + " " + version + " " + source;
}

std::set<std::string> checksums_of_lock(const fs::path& file) {
  constexpr std::uint64_t kLargestLock = 64U << 20U;
  constexpr std::string_view kOldKey = "checksum ";
  std::set<std::string> out;
  const auto text = read_file(file, kLargestLock);
  if (!text) return out;
  const toml::parse_result parsed = toml::parse(*text);
  if (!parsed) return out;
  if (const toml::array* packages = parsed.table()["package"].as_array()) {
    for (const toml::node& node : *packages) {
      const toml::table* package = node.as_table();
      if (package == nullptr || !package->contains("checksum")) continue;
      const auto field = [&](std::string_view key) { return (*package)[key].value_or(std::string()); };
      out.insert(checksum_key(field("name"), field("version"), field("source")));
    }
  }
  // This is the format before 2019: "checksum name 1.0.0 (registry+...)" = "...".
  if (const toml::table* old = parsed.table()["metadata"].as_table()) {
    for (const auto& [key, value] : *old) {
      std::string words(key.str());
      if (!words.starts_with(kOldKey) || value.value_or(std::string("<none>")) == "<none>") continue;
      std::erase_if(words, [](char c) { return c == '(' || c == ')'; });
      out.insert(words.substr(kOldKey.size()));
    }
  }
  return out;
}

}  // namespace faasta::cli
