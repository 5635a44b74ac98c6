#include "server/crash_list.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "engine/engine.hpp"

namespace faasta::server {
namespace {

/// Each crash adds a line of 70 bytes. An operator would act long before the file is so large.
constexpr std::uint64_t kMostBytes = 1U << 20U;
constexpr std::size_t kDigits = 64;

struct Line {
  CrashList::Crash crash;
  bool is_seen = false;
};

std::optional<Line> parse(std::string_view line) {
  constexpr std::string_view kSeen = " seen";
  Line out;
  if (line.ends_with(kSeen)) {
    out.is_seen = true;
    line.remove_suffix(kSeen.size());
  }
  const auto component = Sha256::from_hex(line.substr(0, kDigits));
  if (!component || line.size() <= kDigits + 1 || line[kDigits] != ' ') return std::nullopt;
  out.crash.component = *component;
  const std::string_view number = line.substr(kDigits + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.crash.signal);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return out;
}

}  // namespace

std::string CrashList::take(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto line = parse(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line) continue;
    ++counts_[line->crash.component];
    if (!line->is_seen) fresh_.push_back(line->crash);
    kept += fmt::format("{} {:02} seen\n", line->crash.component.hex(), line->crash.signal);
  }
  return kept;
}

Result<CrashList> CrashList::open(const std::filesystem::path& file) {
  CrashList out;
  if (std::error_code error; std::filesystem::exists(file, error)) {
    const auto text = read_file(file, kMostBytes);
    if (!text) return std::unexpected(text.error());
    const std::string kept = out.take(*text);
    if (!out.fresh_.empty()) {
      // This must be durable. If a crash were lost from the file, the same component could end the process again.
      if (auto written = replace_file(file, kept, 0600, Durable::yes); !written)
        return std::unexpected(written.error());
    }
  }
  if (auto noted = engine::note_crashes(file); !noted) return std::unexpected(noted.error());
  return out;
}

bool CrashList::is_barred(const Sha256& component) const {
  const auto found = counts_.find(component);
  return found != counts_.end() && found->second >= 2;
}

}  // namespace faasta::server
