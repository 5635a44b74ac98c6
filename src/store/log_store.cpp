#include "store/log_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/file.hpp"

namespace faasta::store {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSegmentBytes = 512U << 10U;
/// Functions whose segments are remembered; the others' are looked up in their folder again.
constexpr std::size_t kKnown = 1024;

std::optional<std::uint64_t> segment_begin(const fs::path& file) {
  const std::string stem = file.stem().string();
  std::uint64_t begin = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), begin, 16);
  if (error != std::errc() || end != stem.data() + stem.size()) return std::nullopt;
  return begin;
}

}  // namespace

LogStore::LogStore(fs::path folder) : folder_(std::move(folder)) {}

fs::path LogStore::folder_of(FunctionId function) const {
  // Two levels, so that no folder has more than a thousand or so entries.
  const auto id = static_cast<std::int64_t>(function);
  return folder_ / fmt::format("{:03}", id % 1000) / std::to_string(id);
}

fs::path LogStore::file_of(FunctionId function, std::uint64_t begin) const {
  return folder_of(function) / fmt::format("{:016x}.log", begin);
}

LogStore::Segments& LogStore::segments(FunctionId function) {
  const auto found = known_.find(function);
  if (found != known_.end()) {
    recent_.splice(recent_.begin(), recent_, found->second.used);
    return found->second;
  }
  if (known_.size() >= kKnown) {
    known_.erase(recent_.back());
    recent_.pop_back();
  }
  recent_.push_front(function);
  Segments& out = known_[function];
  out.used = recent_.begin();
  std::error_code error;
  for (const auto& file : fs::directory_iterator(folder_of(function), error)) {
    if (const auto begin = segment_begin(file.path())) out.sizes[*begin] = file.file_size(error);
  }
  return out;
}

Result<> LogStore::append(FunctionId function, std::string_view lines) {
  const std::scoped_lock lock(mutex_);
  Segments& log = segments(function);
  std::error_code error;
  if (log.sizes.empty()) {
    fs::create_directories(folder_of(function), error);
    if (error) return fail(Code::io_error, "the log folder: " + error.message());
    log.sizes[0] = 0;
  }
  if (log.sizes.rbegin()->second >= kSegmentBytes) {
    const std::uint64_t begin = log.sizes.rbegin()->first + log.sizes.rbegin()->second;
    log.sizes[begin] = 0;
    while (log.sizes.size() > 2) {
      fs::remove(file_of(function, log.sizes.begin()->first), error);
      log.sizes.erase(log.sizes.begin());
    }
  }
  auto& [begin, size] = *log.sizes.rbegin();
  auto fd = open_file(file_of(function, begin), O_WRONLY | O_APPEND | O_CREAT);
  if (!fd) return std::unexpected(fd.error());
  if (auto written = write_all(fd->get(), lines); !written) {
    // A part of a line must not stand before the next one.
    if (::ftruncate(fd->get(), static_cast<off_t>(size)) != 0) known_.erase(function);
    return written;
  }
  size += lines.size();
  const auto [first, last] = followers_.equal_range(function);
  for (auto it = first; it != last; ++it) it->second->wake();
  return {};
}

Result<std::string> LogStore::bytes_from(FunctionId function, std::uint64_t from, std::size_t most) {
  std::string out;
  for (const auto& [begin, size] : segments(function).sizes) {
    if (begin + size <= from || out.size() >= most) continue;
    auto bytes = read_file(file_of(function, begin), 2 * kSegmentBytes + (16U << 20U));
    if (!bytes) return std::unexpected(bytes.error());
    const std::uint64_t skip = from > begin ? from - begin : 0;
    out += bytes->substr(static_cast<std::size_t>(std::min<std::uint64_t>(skip, bytes->size())));
    from = begin + bytes->size();
  }
  return out;
}

Result<LogPage> LogStore::read(FunctionId function, std::uint64_t from, std::size_t most_bytes) {
  const std::scoped_lock lock(mutex_);
  LogPage page;
  const auto& sizes = segments(function).sizes;
  if (sizes.empty()) return page;
  const std::uint64_t oldest = sizes.begin()->first;
  const std::uint64_t end = sizes.rbegin()->first + sizes.rbegin()->second;
  if (from > end) from = end;  // a cursor of another log; it cannot be told apart from one of the future
  if (from < oldest) {
    page.missed = oldest - from;
    from = oldest;
  }
  auto bytes = bytes_from(function, from, most_bytes);
  if (!bytes) return std::unexpected(bytes.error());
  page.next = from;
  std::string_view rest = *bytes;
  while (page.next - from < most_bytes) {
    const std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) break;
    page.next += newline + 1;
    page.lines.emplace_back(rest.substr(0, newline));
    page.cursors.push_back(page.next);
    rest.remove_prefix(newline + 1);
  }
  return page;
}

Result<std::uint64_t> LogStore::tail(FunctionId function, std::size_t lines) {
  const std::scoped_lock lock(mutex_);
  const auto& sizes = segments(function).sizes;
  if (sizes.empty()) return 0;
  const std::uint64_t begin = sizes.begin()->first;
  auto bytes = bytes_from(function, begin, std::size_t(-1));
  if (!bytes) return std::unexpected(bytes.error());
  std::size_t at = bytes->size();
  for (std::size_t i = 0; i <= lines && at > 0; ++i) {
    const std::size_t newline = bytes->rfind('\n', at - 1);
    if (newline == std::string::npos) return begin;
    if (i == lines) return begin + newline + 1;
    at = newline;
  }
  return begin + at;
}

void LogStore::remove(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  std::error_code ignored;
  fs::remove_all(folder_of(function), ignored);
  if (const auto found = known_.find(function); found != known_.end()) {
    recent_.erase(found->second.used);
    known_.erase(found);
  }
  const auto [first, last] = followers_.equal_range(function);
  for (auto it = first; it != last; ++it) it->second->wake();
}

void LogStore::follow(FunctionId function, const WakeRef<>& follower) {
  const std::scoped_lock lock(mutex_);
  followers_.emplace(function, follower);
}

void LogStore::unfollow(FunctionId function, const WakeRef<>& follower) {
  const std::scoped_lock lock(mutex_);
  const auto [first, last] = followers_.equal_range(function);
  const auto found = std::find_if(first, last, [&](const auto& entry) { return entry.second.get() == follower.get(); });
  if (found != last) followers_.erase(found);
}

}  // namespace faasta::store
