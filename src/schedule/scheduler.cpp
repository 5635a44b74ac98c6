#include "schedule/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace faasta::schedule {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kMostCounted = 1000;

milliseconds delay_of(FunctionId function) {
  constexpr std::uint64_t kMostDelay = 10'000;
  constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15;  // spreads neighbouring numbers (Knuth's multiplicative hashing)
  const auto mixed = static_cast<std::uint64_t>(function) * kMix >> 32U;
  return milliseconds(mixed % kMostDelay);
}

/// How long a failed run waits before the attempt after `attempt`: 1 s, 5 s, 25 s and so on.
seconds pause_after(std::uint32_t attempt) {
  seconds out{1};
  for (std::uint32_t i = 1; i < attempt; ++i) out *= 5;
  return out;
}

/// Counts the ticks after `from` and before `to`; the count ends at kMostCounted.
std::uint64_t ticks_between(const CronSchedule& schedule, SystemTime from, SystemTime to) {
  std::uint64_t out = 0;
  for (SystemTime tick = schedule.next(from); tick < to && out < kMostCounted; tick = schedule.next(tick)) ++out;
  return out;
}

}  // namespace

SystemTime Scheduler::next_run(FunctionId function, const CronSchedule& schedule, SystemTime after) {
  const SystemTime tick = schedule.next(after);
  return tick == SystemTime::max() ? tick : tick + delay_of(function);
}

void Scheduler::start() {
  is_running_ = true;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Scheduler::stop_ticks() {
  std::unique_lock lock(mutex_);
  stops_ticks_ = woken_ = true;
  wake_.notify_all();
  wake_.wait(lock, [this] { return !is_running_ || !takes_ticks_; });
}

void Scheduler::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Scheduler::changed(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  changed_.emplace(name);
  woken_ = true;
  wake_.notify_all();
}

void Scheduler::changed_all() {
  const std::scoped_lock lock(mutex_);
  all_changed_ = woken_ = true;
  wake_.notify_all();
}

void Scheduler::run(const std::stop_token& stop) {
  for (;;) {
    const SystemTime next = look(system_now());
    std::unique_lock lock(mutex_);
    const auto is_woken = [this] { return woken_; };
    if (next == SystemTime::max())
      wake_.wait(lock, stop, is_woken);
    else
      wake_.wait_for(lock, stop, std::clamp<milliseconds>(next - system_now(), milliseconds(0), kLongestSleep),
                     is_woken);
    woken_ = false;
    if (stop.stop_requested()) break;
  }
  const SystemTime now = system_now();
  end_runs(now);
  for (const auto& [id, run] : under_way_)
    if (run.waits) end(run, now);  // its next attempt will not come
  const std::scoped_lock lock(mutex_);
  is_running_ = false;
  wake_.notify_all();
}

SystemTime Scheduler::look(SystemTime now) {
  if (!started_) started_ = now;
  if (last_look_ && now < *last_look_ - kLongestSleep)
    forget_all();  // the clock was set back: the records are checked again
  last_look_ = now;
  load(now);
  end_runs(now);
  SystemTime next = end_lost(now);
  while (!due_.empty() && due_.begin()->at <= now && may_take()) take(*due_.begin(), now);
  try_again(now, next);
  const std::scoped_lock lock(mutex_);
  if (!due_.empty() && takes_ticks_) next = std::min(next, due_.begin()->at);
  const bool again = all_changed_ || !changed_.empty();  // the catalog could not be read
  return again && takes_ticks_ ? std::min<SystemTime>(next, now + seconds(1)) : next;
}

/// Whether the server goes on. From the moment at which it does not, stop_ticks() can return.
bool Scheduler::may_take() {
  const std::scoped_lock lock(mutex_);
  if (stops_ticks_ && std::exchange(takes_ticks_, false)) wake_.notify_all();
  return takes_ticks_;
}

void Scheduler::try_again(SystemTime now, SystemTime& next) {
  for (auto at = under_way_.begin(); at != under_way_.end();) {
    auto& [id, run] = *at;
    const auto next_run = std::next(at);
    if (run.waits && (!may_take() || !is_live(run.call))) {
      end(run, now);
      under_way_.erase(at);
    } else if (run.waits && run.next <= now) {
      run.waits = false;
      ++run.call.attempt;
      send(id);
    } else if (run.waits) {
      next = std::min(next, run.next);
    }
    at = next_run;
  }
}

bool Scheduler::is_live(const CronCall& call) const {
  const auto function = functions_.find(call.function);
  return function != functions_.end() &&
         std::ranges::find(function->second.rows.jobs, call.job) != function->second.rows.jobs.end();
}

SystemTime Scheduler::end_lost(SystemTime now) {
  std::erase_if(foreign_, [&](const Foreign& run) {
    if (run.began >= lost_before(run.job, now)) return false;
    const auto ended = parts_.store.end(run.function, run.job.name, run.began, {0, 1, true}, now);
    if (!ended) report("cron_end_not_kept", {}, ended.error());
    if (ended && *ended)
      parts_.note(run.function, run.version,
                  fmt::format("cron job '{}': the run that began at {} was broken off: its server ended", run.job.name,
                              rfc3339(run.began)));
    return true;
  });
  return foreign_.empty() ? SystemTime::max() : now + kLongestSleep;
}

void Scheduler::load(SystemTime now) {
  std::set<std::string, std::less<>> names;
  bool all = false;
  {
    const std::scoped_lock lock(mutex_);
    names.swap(changed_);
    all = std::exchange(all_changed_, false);
  }
  if (!may_take()) return;
  if (all) {
    auto found = parts_.store.all();
    if (!found) {
      report("cron_unreadable", {}, found.error());
      const std::scoped_lock lock(mutex_);
      all_changed_ = true;  // at the next look
      return;
    }
    reported_.erase("cron_unreadable ");
    for (const std::string& name : found->unreadable)
      report("cron_unreadable", name, {Code::data_unusable, "the row of the live version is damaged"});
    std::set<FunctionId> there;
    for (auto& function : found->functions) {
      there.insert(function.id);
      add(std::move(function), now);
    }
    std::vector<FunctionId> gone;
    for (const auto& [id, function] : functions_)
      if (!there.contains(id)) gone.push_back(id);
    for (const FunctionId id : gone) forget(id);
    return;
  }
  for (const std::string& name : names) {
    auto found = parts_.store.of_function(name);
    if (!found) {
      report("cron_unreadable", name, found.error());
      if (found.error().code != Code::data_unusable) again(name);
    } else if (*found) {
      add(**std::move(found), now);
    } else if (const auto known = by_name_.find(name); known != by_name_.end()) {
      forget(known->second);
    }
  }
}

void Scheduler::add(store::ScheduledFunction function, SystemTime now) {
  const FunctionId id = function.id;
  if (const auto known = functions_.find(id); known != functions_.end() && known->second.rows == function) return;
  const auto records = parts_.store.keep_records(function, now);
  if (!records) {
    report("cron_unreadable", function.name, records.error());
    return again(function.name);
  }
  reported_.erase(fmt::format("cron_unreadable {}", function.name));
  forget(id);
  Function out{std::move(function), {}};
  for (const CronJob& job : out.rows.jobs) {
    const auto record = std::ranges::find(*records, job.name, &store::CronRecord::job);
    if (record == records->end()) continue;  // another version has become live; changed() follows
    auto schedule = CronSchedule::parse(job.schedule);
    if (!schedule) continue;  // the row was checked when it was read
    due_.insert({next_run(id, *schedule, record->tick), id, out.jobs.size()});
    note_foreign(out.rows, job, *record);
    out.jobs.push_back({job, *std::move(schedule), record->tick});
  }
  by_name_[out.rows.name] = id;
  functions_.emplace(id, std::move(out));
}

/// Reads the function again at the next look, and not at once.
void Scheduler::again(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  changed_.emplace(name);
}

void Scheduler::note_foreign(const store::ScheduledFunction& function, const CronJob& job,
                             const store::CronRecord& record) {
  if (!record.began || record.ended) return;
  const auto is_it = [&](const auto& one) {
    return one.second.call.function == function.id && one.second.call.job.name == job.name &&
           one.second.began == *record.began;
  };
  if (std::ranges::any_of(under_way_, is_it)) return;
  std::erase_if(foreign_, [&](const Foreign& one) { return one.function == function.id && one.job.name == job.name; });
  foreign_.push_back({function.id, function.version, job, *record.began});
}

void Scheduler::forget_all() {
  functions_.clear();
  by_name_.clear();
  due_.clear();
  const std::scoped_lock lock(mutex_);
  all_changed_ = true;
}

void Scheduler::forget(FunctionId function) {
  const auto known = functions_.find(function);
  if (known == functions_.end()) return;
  by_name_.erase(known->second.rows.name);
  functions_.erase(known);
  std::erase_if(due_, [function](const Due& due) { return due.function == function; });
}

void Scheduler::take(const Due& first, SystemTime now) {
  const Due due = first;
  due_.erase(due);
  Function& function = functions_.at(due.function);
  Job& job = function.jobs.at(due.job);
  const auto tick = job.schedule.last(job.last, now - delay_of(due.function));
  if (!tick) return;  // not reached: the tick of `due` is one
  const std::uint64_t missed = ticks_between(job.schedule, job.last, *tick);
  const bool runs = now - delay_of(due.function) - *tick <= kLatest || job.job.catch_up;
  const auto taken = parts_.store.take({.function = due.function,
                                        .job = job.job.name,
                                        .tick = *tick,
                                        .missed = missed,
                                        .runs = runs,
                                        .overlap = job.job.overlap,
                                        .lost_before = lost_before(job.job, now)},
                                       now);
  if (!taken) {
    report("cron_tick_not_taken", function.rows.name, taken.error());
    due_.insert({now + seconds(1), due.function, due.job});
    return;
  }
  job.last = *tick;
  due_.insert({next_run(due.function, job.schedule, *tick), due.function, due.job});
  const auto note = [&](const std::string& line) { parts_.note(due.function, function.rows.version, line); };
  using Taken = store::CronRuns::Taken;
  if (*taken == Taken::late) return;
  if (const std::uint64_t all = missed + (runs ? 0 : 1); all > 0)
    note(fmt::format("cron job '{}': {}{} ticks were missed before {}: no server was there, or its clock was set",
                     job.job.name, all, all > kMostCounted ? " or more" : "", rfc3339(now)));
  if (*taken == Taken::skipped)
    note(fmt::format("cron job '{}': the tick {} was skipped, because the run before has not ended", job.job.name,
                     rfc3339(*tick)));
  if (*taken == Taken::begun) begin(function, job, *tick, now);
}

SystemTime Scheduler::lost_before(const CronJob& job, SystemTime now) const {
  // All attempts of a run, with their pauses, end within this time.
  milliseconds longest = seconds(60) + parts_.timeout;
  for (std::uint32_t attempt = 1; attempt <= job.retries; ++attempt) longest += parts_.timeout + pause_after(attempt);
  // A server that was there before this one has ended its runs by this time.
  constexpr seconds kOthersEnd{60};
  const SystemTime started = started_.value_or(now);
  const SystemTime before_us = now - started > kOthersEnd ? started : SystemTime::min();
  return std::max(now - longest, before_us);
}

void Scheduler::begin(const Function& function, const Job& job, SystemTime tick, SystemTime now) {
  const RunId id = next_run_++;
  under_way_.emplace(id, Run{.call = {function.rows.id, function.rows.name, job.job, tick, 1},
                             .version = function.rows.version,
                             .began = now,
                             .next = {},
                             .last = {}});
  send(id);
}

void Scheduler::send(RunId id) {
  parts_.send(under_way_.at(id).call, [this, id](CronAnswer answer) {
    const std::scoped_lock lock(mutex_);
    answers_.emplace_back(id, answer);
    woken_ = true;
    wake_.notify_all();
  });
}

void Scheduler::end_runs(SystemTime now) {
  std::vector<std::pair<RunId, CronAnswer>> answers;
  {
    const std::scoped_lock lock(mutex_);
    answers.swap(answers_);
  }
  for (const auto& [id, answer] : answers) {
    Run& run = under_way_.at(id);
    run.last = answer;
    if (answer.failed() && run.call.attempt <= run.call.job.retries && may_take()) {
      run.waits = true;
      run.next = now + pause_after(run.call.attempt);
      continue;
    }
    end(run, now);
    under_way_.erase(id);
  }
}

void Scheduler::end(const Run& run, SystemTime now) {
  const CronCall& call = run.call;
  if (run.last.failed()) {
    const std::string answer = run.last.status == 0 ? "there was no answer"
                               : run.last.broken    ? "the answer was broken off"
                                                    : fmt::format("the answer had the status {}", run.last.status);
    parts_.note(call.function, run.version,
                fmt::format("cron job '{}': the run of {} failed: {} (attempt {} of {})", call.job.name,
                            rfc3339(call.tick), answer, call.attempt, call.job.retries + 1));
  }
  const auto ended = parts_.store.end(call.function, call.job.name, run.began,
                                      {run.last.status, call.attempt, run.last.failed()}, now);
  if (!ended) report("cron_end_not_kept", call.name, ended.error());
}

void Scheduler::report(std::string_view event, std::string_view function, const Error& error) {
  std::string& known = reported_[fmt::format("{} {}", event, function)];
  if (std::exchange(known, error.detail) != error.detail)
    log::error(event, {{"function", std::string(function)}, {"cause", error.detail}});
}

}  // namespace faasta::schedule
