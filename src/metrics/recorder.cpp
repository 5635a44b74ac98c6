#include "metrics/recorder.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/thread_scheduling.hpp"

namespace faasta::metrics {
namespace {

constexpr std::chrono::seconds kInterval{10};

}  // namespace

Recorder::Recorder(Registry& registry, store::CountStore& store)
    : registry_(registry), store_(store), thread_([this] { run(); }) {}

Recorder::~Recorder() { stop(); }

void Recorder::stop() {
  {
    const std::scoped_lock lock(stop_mutex_);
    stopping_ = true;
  }
  stop_wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Recorder::run() {
  step_behind();
  std::unique_lock lock(stop_mutex_);
  while (!stopping_) {
    stop_wake_.wait_for(lock, kInterval, [this] { return stopping_; });
    lock.unlock();
    keep();
    lock.lock();
  }
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
  if (!kept) return;  // the next attempt stores these counts
  for (auto& [known, counts] : taken) known->kept = std::move(counts);
  // Removes the metrics objects that only this map still holds. All their counts are stored.
  std::erase_if(known_, [](const auto& item) { return item.second.metrics.use_count() == 1; });
}

Result<Recorder::Window> Recorder::read(FunctionId function, SystemTime since) {
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

Result<> Recorder::forget(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  registry_.forget(function);
  std::erase_if(known_, [&](const auto& item) { return item.second.function == function; });
  return store_.remove(function);
}

}  // namespace faasta::metrics
