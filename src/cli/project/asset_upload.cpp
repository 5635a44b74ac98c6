#include "cli/project/asset_upload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/file.hpp"
#include "cli/project/asset_files.hpp"
#include "cli/project/session.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/progress.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

/// The files of one request. The server takes 200 files and 25 MiB.
constexpr std::size_t kMostFiles = 200;
constexpr std::uint64_t kMostBytes = 4U << 20U;

/// A file that the server wants.
struct Wanted {
  std::string sha256;
  std::uint64_t size = 0;
  std::filesystem::path place;
};

Outcome<std::vector<Wanted>> wanted_of(const boost::json::object& answer, const AssetFiles& files) {
  std::vector<Wanted> out;
  for (const auto& item : array_field(answer, "missing")) {
    const auto* const entry = item.if_object();
    if (entry == nullptr) continue;
    Wanted one{text_field(*entry, "sha256"), static_cast<std::uint64_t>(integer_field(*entry, "size").value_or(0)), {}};
    const auto digest = Sha256::from_hex(one.sha256);
    const auto place = digest ? files.places.find(*digest) : files.places.end();
    if (place == files.places.end())
      return fail(Code::server_mismatch, "the server asks for a file that the manifest does not have");
    one.place = place->second;
    out.push_back(std::move(one));
  }
  return out;
}

/// Reads the files of one request. Each must still have its size.
Outcome<std::string> body_of(std::span<const Wanted> files) {
  std::string out;
  for (const Wanted& file : files) {
    const auto bytes = read_file(file.place, kMostAssetBytes);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->size() != file.size)
      return fail_with_fix(Error{Code::assets_invalid, file.place.string() + " has changed during the upload"},
                           "Run the command again when nothing writes to the folder");
    out += *bytes;
  }
  return out;
}

std::span<const Wanted> next_group(std::span<const Wanted> files) {
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  while (count < files.size() && count < kMostFiles && (count == 0 || bytes + files[count].size <= kMostBytes))
    bytes += files[count++].size;
  return files.first(count);
}

/// Sends one request. Waits if the server asks for that, because many files need many requests, and another deploy of
/// the owner may be uploading.
template <class Send>
auto patiently(const Send& send) -> decltype(send()) {
  constexpr int kMostWaits = 100;
  for (int waits = 0;; ++waits) {
    auto answer = send();
    if (answer) return answer;
    const bool must_wait = answer.error().id == info(Code::too_many_requests).id;
    if (!must_wait || waits == kMostWaits || interrupted()) return answer;
    constexpr int kMillisecondsOfSecond = 1000;
    sleep_milliseconds(std::max(1, answer.error().retry_after) * kMillisecondsOfSecond);
  }
}

}  // namespace

Outcome<Sha256> upload_assets(const ApiClient& api, const FunctionName& name, const Project& project, Output& output) {
  const auto files = read_assets(project);
  if (!files) return std::unexpected(files.error());
  const std::string path = function_path(name) + "/assets";
  const auto begun = patiently([&] { return api.post_text(path, files->manifest); });
  if (!begun) return std::unexpected(begun.error());
  const auto wanted = wanted_of(*begun, *files);
  if (!wanted) return std::unexpected(wanted.error());
  std::uint64_t all = 0;
  for (const Wanted& one : *wanted) all += one.size;
  std::uint64_t sent = 0;
  std::size_t done = 0;
  Progress progress(output);
  for (std::span<const Wanted> rest = *wanted; !rest.empty();) {
    const auto group = next_group(rest);
    progress.show("uploading files",
                  fmt::format("{} of {}, {} of {}", done, wanted->size(), human_size(sent), human_size(all)));
    const auto body = body_of(group);
    if (!body) return std::unexpected(body.error());
    std::string digests;
    for (const Wanted& one : group) digests += (digests.empty() ? "" : ",") + one.sha256;
    if (auto stored = patiently([&] { return api.put(path + "?sha256=" + digests, *body); }); !stored) {
      output.clear_progress();
      return std::unexpected(stored.error());
    }
    done += group.size();
    sent += body->size();
    rest = rest.subspan(group.size());
  }
  output.clear_progress();
  output.note(fmt::format("{} static files, {} uploaded ({})", files->count, wanted->size(), human_size(sent)));
  return files->digest;
}

}  // namespace faasta::cli
