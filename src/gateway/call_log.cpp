#include "gateway/call_log.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/json_line.hpp"
#include "base/log.hpp"
#include "base/thread_scheduling.hpp"
#include "base/utf8.hpp"

namespace faasta::gateway {

LogWriter::LogWriter(store::LogStore& store) : store_(store), thread_([this] { run(); }) {}

LogWriter::~LogWriter() { stop(); }

void LogWriter::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool LogWriter::push(FunctionId function, std::string_view lines, What what) {
  bool due = false;
  {
    const std::scoped_lock lock(mutex_);
    if (buckets_.size() > erase_above_) {
      erase_refilled();
      erase_above_ = std::max(kFewBuckets, 2 * buckets_.size());
    }
    if (queued_ + lines.size() > kQueueBytes || !take(buckets_[function], lines.size(), what)) return false;
    // The writer sleeps until there is a line, and then until a batch is full or kBatchTime is over.
    due = queued_ == 0 || (queued_ < kBatchBytes && queued_ + lines.size() >= kBatchBytes);
    queued_ += lines.size();
    queue_[function] += lines;
  }
  if (due) wake_.notify_one();
  return true;
}

bool LogWriter::take(Bucket& bucket, std::size_t bytes, What what) {
  const SteadyTime now = std::chrono::steady_clock::now();
  if (bucket.filled != SteadyTime{}) {
    const double seconds = std::chrono::duration<double>(now - bucket.filled).count();
    bucket.left = std::min(kBurstBytes, bucket.left + seconds * kBytesPerSecond);
  }
  bucket.filled = now;
  const double least = what == What::platform ? -kOverdraftBytes : 0;
  if (bucket.left - static_cast<double>(bytes) < least) return false;
  bucket.left -= static_cast<double>(bytes);
  return true;
}

void LogWriter::drop_idle() {
  const std::scoped_lock lock(mutex_);
  erase_refilled();
}

void LogWriter::erase_refilled() {
  // After this time a bucket is full again, so it can be removed: a new bucket is also full.
  constexpr auto kRefilled =
      std::chrono::seconds(static_cast<int>((kBurstBytes + kOverdraftBytes) / kBytesPerSecond) + 1);
  const SteadyTime now = std::chrono::steady_clock::now();
  std::erase_if(buckets_, [&](const auto& item) { return now - item.second.filled > kRefilled; });
}

void LogWriter::run() {
  step_behind();
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    wake_.wait_for(lock, kBatchTime, [this] { return stopping_ || queued_ >= kBatchBytes; });
    store::LogStore::Batch taken;
    taken.swap(queue_);
    const std::size_t bytes = std::exchange(queued_, 0);
    lock.unlock();
    if (auto written = store_.append(taken); !written)
      log::error("function_logs_lost", {{"bytes", bytes}, {"cause", written.error().detail}});
    lock.lock();
  }
}

CallLog::CallLog(LogWriter& writer, FunctionId function, std::uint32_t version, std::string_view request_id,
                 const SecretMask& mask)
    : writer_(&writer), function_(function), version_(version), request_id_(request_id), mask_(&mask) {}

void CallLog::output(engine::Stream stream, std::string_view bytes) {
  if (stream == engine::Stream::platform) return platform(bytes);
  const std::size_t index = stream == engine::Stream::err ? 1 : 0;
  const std::string_view kind = index == 1 ? "stderr" : "stdout";
  std::string& partial = partial_[index];
  while (!bytes.empty()) {
    const std::size_t newline = std::min(bytes.find('\n'), bytes.size());
    const std::size_t take = std::min(newline, kLineBytes - partial.size());
    partial += bytes.substr(0, take);
    bytes.remove_prefix(take);
    if (bytes.empty()) return;
    const bool ended = bytes.front() == '\n';
    if (ended) bytes.remove_prefix(1);
    const std::size_t shown = ended ? partial.size() : place_to_split(partial);
    const bool kept = line(kind, std::string_view(partial).substr(0, shown), !ended);
    partial.erase(0, shown);
    if (!kept) {
      lost_ += bytes.size() + partial.size();
      partial.clear();
      return;
    }
  }
}

/// Returns where a line that is too long is split. If that is inside a character, the whole character goes into the
/// next entry. So does a secret, because no entry would have all of it; but not a longer one than half of an entry.
std::size_t CallLog::place_to_split(std::string_view line) const {
  const std::size_t characters = character_boundary(line, kLineBytes - 1);
  const std::size_t begun = mask_->begun(line);
  return begun > kLineBytes / 2 ? characters : std::min(characters, line.size() - begun);
}

/// Writes a line about an outgoing request that did not reach its peer.
void CallLog::platform(std::string_view line) {
  JsonLine out = entry("platform");
  shortened_text(out, line);
  push(out.take(), LogWriter::What::platform);
}

void CallLog::shortened_text(JsonLine& out, std::string_view text) const {
  if (mask_->empty()) {
    out.shortened("text", text, kLineBytes);
  } else {
    out.shortened("text", mask_->masked(text), kLineBytes);
  }
}

JsonLine CallLog::entry(std::string_view kind) const {
  JsonLine out;
  out.text("time", rfc3339(system_now())).text("request_id", request_id_).number("version", version_);
  out.text("kind", kind);
  return out;
}

bool CallLog::line(std::string_view kind, std::string_view text, bool continues) {
  JsonLine out = entry(kind);
  if (mask_->empty()) {
    out.text("text", text);
  } else {
    out.text("text", mask_->masked(text));
  }
  if (continues) out.boolean("continues", true);
  return push(out.take(), LogWriter::What::output);
}

void CallLog::end(const End& end) {
  if (!partial_[0].empty()) line("stdout", partial_[0], false);
  if (!partial_[1].empty()) line("stderr", partial_[1], false);
  JsonLine out = entry("call");
  out.text("method", end.method).shortened("path", end.target, kPathBytes).number("status", end.status);
  out.text("outcome", end.outcome);
  if (!end.detail.empty()) shortened_text(out, end.detail);
  out.milliseconds("duration_ms", end.duration_us).milliseconds("cpu_ms", end.cpu_us).boolean("cold", end.cold);
  if (end.after_us > 0) out.milliseconds("after_ms", end.after_us);
  if (const std::uint64_t lost = end.output_lost + lost_; lost > 0) out.number("lost_bytes", lost);
  push(out.take(), LogWriter::What::platform);
}

bool CallLog::push(const std::string& line, LogWriter::What what) {
  const bool kept = writer_->push(function_, line, what);
  if (!kept) lost_ += line.size();
  return kept;
}

}  // namespace faasta::gateway
