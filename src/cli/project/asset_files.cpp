#include "cli/project/asset_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/file.hpp"
#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "cli/project/media_types.hpp"

namespace faasta::cli {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> invalid(const fs::path& file, std::string_view what) {
  return fail(Code::assets_invalid, fmt::format("{} {}", printable_line(file.string()), what));
}

struct Content {
  Sha256 sha256;
  std::uint32_t size = 0;
};

Result<Content> read_content(const fs::path& file) {
  const auto open = open_file(file, O_RDONLY | O_NOFOLLOW);
  if (!open) return std::unexpected(open.error());
  Sha256Stream digest;
  std::uint64_t size = 0;
  std::string buffer(std::size_t{256} << 10U, '\0');
  for (;;) {
    const ssize_t got = ::read(open->get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(Code::io_error, "read " + file.string(), errno);
    if (got == 0) break;
    digest.update(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
    size += static_cast<std::uint64_t>(got);
    if (size > kMostAssetBytes) return invalid(file, fmt::format("has more than {} MiB", kMostAssetBytes >> 20U));
  }
  return Content{digest.finish(), static_cast<std::uint32_t>(size)};
}

/// Whether no symbolic link on the way to the folder leads out of the project.
bool is_inside(const fs::path& folder, const fs::path& project) {
  std::error_code error;
  const fs::path at = fs::canonical(folder, error);
  const fs::path root = fs::canonical(project.empty() ? "." : project, error);
  return !error && at != root && std::ranges::mismatch(root, at).in1 == root.end();
}

/// Reads a folder and the folders in it.
class Reader {
 public:
  Reader(AssetManifest& manifest, AssetFiles& files) : manifest_(manifest), files_(files) {}

  /// `path`: of the folder within the files, "" or "/css".
  Result<> add(const fs::path& folder, const std::string& path) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      if (name.starts_with('.') && name != ".well-known") continue;
      RETURN_IF_ERROR(add_entry(it->path(), path + "/" + name));
    }
    if (error) return fail_errno(Code::io_error, "read " + folder.string(), error.value());
    return {};
  }

 private:
  Result<> add_entry(const fs::path& file, const std::string& path) {
    struct stat found{};
    if (::lstat(file.c_str(), &found) != 0) return fail_errno(Code::io_error, file.string(), errno);
    if (S_ISLNK(found.st_mode))
      return invalid(file, "is a symbolic link, which could lead out of the folder: put the file itself there");
    if (S_ISDIR(found.st_mode)) return add(file, path);
    if (!S_ISREG(found.st_mode)) return invalid(file, "is neither a file nor a folder");
    RETURN_IF_ERROR(check_asset_path(path));
    if (manifest_.files.size() == kMostAssets)
      return invalid(file, fmt::format("is one too many: {} files are allowed", kMostAssets));
    ASSIGN_OR_RETURN(const Content content, read_content(file));
    manifest_.add(path, content.sha256, content.size, media_type_of(path));
    files_.places.emplace(content.sha256, file);
    return {};
  }

  AssetManifest& manifest_;
  AssetFiles& files_;
};

}  // namespace

Result<AssetFiles> read_assets(const Project& project) {
  const auto& assets = *project.assets;
  AssetManifest manifest;
  manifest.not_found = assets.not_found;
  manifest.function_first = assets.function_first;
  manifest.headers = assets.headers;
  AssetFiles out;
  const fs::path folder = project.folder / assets.dir;
  std::error_code error;
  if (!fs::is_directory(folder, error)) return invalid(folder, "is not a folder: `assets.dir` in faasta.toml names it");
  if (!is_inside(folder, project.folder)) return invalid(folder, "is a symbolic link that leads out of the project");
  RETURN_IF_ERROR(Reader(manifest, out).add(folder, ""));
  out.count = manifest.files.size();
  out.manifest = to_json(manifest);
  if (out.manifest.size() > kMostManifestBytes)
    return invalid(folder, fmt::format("has paths with more than {} MiB together", kMostManifestBytes >> 20U));
  out.digest = sha256(out.manifest);
  return out;
}

}  // namespace faasta::cli
