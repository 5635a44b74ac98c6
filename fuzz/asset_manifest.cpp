// Reads the manifest of static files, and asks it for paths.

#include "base/asset_manifest.hpp"
#include "fuzz.hpp"
#include "gateway/asset_choice.hpp"

namespace {

using namespace faasta;

void ask(const AssetManifest& manifest, std::string_view target) {
  http::RequestHead request;
  request.method = "GET";
  request.target = target;
  request.fields = {{"accept", "text/html"}, {"accept-encoding", "br, gzip"}};
  const auto choice = gateway::choose_asset(manifest, request);
  if (!choice) return;
  FUZZ_CHECK(choice->status == 200 || choice->status == 308 || choice->status == 404);
  // A redirect stays on its host.
  FUZZ_CHECK(choice->location.empty() || (choice->location[0] == '/' && !choice->location.starts_with("//")));
  FUZZ_CHECK(choice->asset == nullptr || choice->asset->size <= kMostAssetBytes);
}

}  // namespace

void fuzz(std::string_view input) {
  const std::size_t line = input.find('\n');
  const auto manifest = read_asset_manifest(input.substr(line == std::string_view::npos ? 0 : line + 1));
  if (!manifest) {
    FUZZ_CHECK(manifest.error().code == Code::assets_invalid && !manifest.error().detail.empty());
    return;
  }
  const std::string text = to_json(*manifest);
  const auto again = read_asset_manifest(text);
  FUZZ_CHECK(again && to_json(*again) == text);
  for (const auto& [path, asset] : manifest->files) {
    FUZZ_CHECK(check_asset_path(path) && asset.type < manifest->types.size());
    ask(*manifest, path);
  }
  ask(*manifest, input.substr(0, line));
}
