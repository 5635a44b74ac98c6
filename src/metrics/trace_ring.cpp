#include "metrics/trace_ring.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/utf8.hpp"

namespace faasta::metrics {
namespace {

template <std::size_t N>
void copy(std::array<char, N>& to, std::string_view text) {
  const std::size_t size = std::min(N, text.size());
  std::memcpy(to.data(), text.data(), size);
  if (size < N) to[size] = '\0';
}

template <std::size_t N>
std::string_view text(const std::array<char, N>& from) {
  return {from.data(), ::strnlen(from.data(), N)};
}

/// Whether the bytes of the array are `wanted`, cut to the array's size.
template <std::size_t N>
bool holds(const std::array<char, N>& from, std::string_view wanted) {
  return text(from) == wanted.substr(0, N);
}

}  // namespace

Trace trace_of(const EndedCall& call, std::vector<SentRequest> sent) {
  const std::string_view path = call.target.substr(0, call.target.find('?'));
  constexpr std::size_t kPathBytes = 64;
  return {.request_id = std::string(call.request_id),
          .version = call.version,
          .ended = system_now(),
          .method = std::string(call.method),
          .path = std::string(path.substr(0, character_boundary(path, kPathBytes))),
          .outcome = call.outcome,
          .record = call.record,
          .sent = std::move(sent)};
}

void TraceRing::add(const EndedCall& call, std::vector<SentRequest> sent) {
  if (is_off()) return;
  const SystemTime now = system_now();
  const std::scoped_lock lock(mutex_);
  Entry& entry = entries_[next_];
  next_ = next_ + 1 == entries_.size() ? 0 : next_ + 1;
  entry.function = call.function;
  entry.version = call.version;
  entry.ended = now;
  copy(entry.request_id, call.request_id);
  copy(entry.path, call.target.substr(0, call.target.find('?')));
  copy(entry.method, call.method);
  entry.outcome = call.outcome;
  entry.record = call.record;
  entry.sent = std::move(sent);
}

Trace TraceRing::trace_of(const Entry& entry) {
  const std::string_view path = text(entry.path);
  return {.request_id = std::string(text(entry.request_id)),
          .version = entry.version,
          .ended = entry.ended,
          .method = std::string(text(entry.method)),
          .path = std::string(path.substr(0, character_boundary(path, entry.path.size() - 1))),
          .outcome = entry.outcome,
          .record = entry.record,
          .sent = entry.sent};
}

std::optional<Trace> TraceRing::find(FunctionId function, std::optional<std::string_view> request_id) const {
  // In small pieces, because the end of each call needs the lock too. Calls that end meanwhile are newer.
  constexpr std::size_t kPiece = 64;
  std::unique_lock lock(mutex_);
  const std::size_t newest = next_ + entries_.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i % kPiece == kPiece - 1) {
      lock.unlock();
      lock.lock();
    }
    const Entry& entry = entries_[(newest - i) % entries_.size()];
    if (entry.function != function || entry.ended == SystemTime{}) continue;
    if (request_id && !holds(entry.request_id, *request_id)) continue;
    return trace_of(entry);
  }
  return std::nullopt;
}

}  // namespace faasta::metrics
