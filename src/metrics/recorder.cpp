#include "metrics/recorder.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/thread_scheduling.hpp"

namespace faasta::metrics {
namespace {

constexpr std::chrono::seconds kInterval{10};
constexpr std::chrono::seconds kIntervalAfterHandOver{1};
constexpr std::chrono::milliseconds kBetweenTries{20};

}  // namespace

Recorder::Recorder(Registry& registry, store::CountStore& store, store::CountLock lock)
    : registry_(registry), store_(store), lock_(std::move(lock)), has_lock_(lock_.try_take()), thread_([this] {
        run();
      }) {}

Recorder::~Recorder() { stop(); }

void Recorder::hand_over() {
  keep();
  {
    const std::scoped_lock lock(state_mutex_);
    lock_.release();
    has_lock_ = false;
    handed_over_ = true;
  }
  state_changed_.notify_all();
}

void Recorder::stop() {
  {
    const std::scoped_lock lock(state_mutex_);
    stopping_ = true;
  }
  state_changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Recorder::run() {
  step_behind();
  std::unique_lock lock(state_mutex_);
  while (!stopping_) {
    const bool handed_over = handed_over_;
    const auto changed = [&] { return stopping_ || handed_over_ != handed_over; };
    if (!has_lock_ && !handed_over) {
      state_changed_.wait_for(lock, kBetweenTries, changed);
      if (handed_over_ || !lock_.try_take()) continue;
      has_lock_ = true;
      state_changed_.notify_all();
      continue;
    }
    state_changed_.wait_for(lock, handed_over ? kIntervalAfterHandOver : kInterval, changed);
    if (stopping_) break;
    lock.unlock();
    keep();
    lock.lock();
  }
  lock.unlock();
  keep();
}

void Recorder::wait_for_the_server_before() {
  std::unique_lock lock(state_mutex_);
  state_changed_.wait_for(lock, kMostWait, [this] { return has_lock_ || handed_over_ || stopping_; });
}

void Recorder::keep() {
  const std::scoped_lock lock(mutex_);
  for (const auto& [function, metrics] : registry_.take_all())
    known_.try_emplace(metrics.get(), Known{function, metrics});
  store::CountStore::Batch batch;
  std::vector<std::pair<Known*, CallCounts>> taken;
  for (auto& [key, known] : known_) {
    CallCounts now = known.metrics->take_counts();
    CallCounts since = now;
    since -= known.kept;
    if (since.calls() == 0) continue;
    batch.emplace_back(known.function, since.to_stored());
    taken.emplace_back(&known, std::move(now));
  }
  const auto kept = store_.append(batch, system_now());
  if (!kept && !failed_) log::error("metrics_not_kept", {{"cause", kept.error().detail}});
  failed_ = !kept;
  if (!kept) return;  // after a failure, the next attempt stores these counts
  for (auto& [known, counts] : taken) known->kept = std::move(counts);
  // Removes the metrics objects that only this map still holds. All their counts are stored.
  std::erase_if(known_, [](const auto& item) { return item.second.metrics.use_count() == 1; });
}

Result<Recorder::Window> Recorder::read(FunctionId function, SystemTime since) {
  wait_for_the_server_before();
  const std::scoped_lock lock(mutex_);
  const auto stored = store_.sum(function, since);
  if (!stored) return std::unexpected(stored.error());
  const bool all = since == SystemTime{};
  Window out{{}, all ? started_ : since};
  if (*stored)
    out = {CallCounts::from_stored((*stored)->counts), all ? (*stored)->begin : std::min((*stored)->begin, since)};
  if (auto metrics = registry_.find(function)) known_.try_emplace(metrics.get(), Known{function, metrics});
  for (const auto& [key, known] : known_) {
    if (known.function != function) continue;
    CallCounts pending = known.metrics->counts();
    pending -= known.kept;
    out.counts += pending;
  }
  return out;
}

Result<std::vector<Recorder::Window>> Recorder::minutes(FunctionId function, SystemTime since) {
  const auto stored = store_.minutes(function, since);
  if (!stored) return std::unexpected(stored.error());
  std::vector<Window> out;
  for (const auto& [counts, begin] : *stored) out.push_back({CallCounts::from_stored(counts), begin});
  return out;
}

Result<> Recorder::forget(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  registry_.forget(function);
  std::erase_if(known_, [&](const auto& item) { return item.second.function == function; });
  return store_.remove(function);
}

}  // namespace faasta::metrics
