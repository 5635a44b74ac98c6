#include "cli/project/build_triggers.hpp"

#include <algorithm>

namespace faasta::cli {

BuildTriggers::Paths BuildTriggers::between(const Paths& changed, Time first, Time last) {
  Paths out;
  for (const auto& path : changed) {
    const auto found = files_.find(path);
    const bool restless = found != files_.end() && found->second.builds >= kInARow;
    if (restless && first - found->second.last < kRest) {
      found->second.last = last;
      found->second.waits = true;
      continue;
    }
    if (found != files_.end()) files_.erase(found);
    out.insert(path);
  }
  return out;
}

BuildTriggers::During BuildTriggers::during(const Paths& changed, Time now) {
  During out;
  std::map<std::filesystem::path, File> files;
  for (const auto& path : changed) {
    const auto before = files_.find(path);
    File& file = files[path];
    if (before != files_.end()) file = before->second;
    ++file.builds;
    file.last = now;
    if (file.builds < kInARow) out.again.insert(path);
    if (file.builds == kInARow) out.now_restless.insert(path);
  }
  for (const auto& [path, file] : files_)
    if (file.waits) files.emplace(path, file);
  files_ = std::move(files);
  return out;
}

BuildTriggers::Paths BuildTriggers::rested(Time now) {
  Paths out;
  for (const auto& [path, file] : files_)
    if (file.waits && now - file.last >= kRest) out.insert(path);
  for (const auto& path : out) files_.erase(path);
  return out;
}

std::optional<BuildTriggers::Time> BuildTriggers::next() const {
  std::optional<Time> out;
  for (const auto& [path, file] : files_)
    if (file.waits) out = std::min(out.value_or(Time::max()), file.last + kRest);
  return out;
}

}  // namespace faasta::cli
