// Reads the cron jobs of a deploy, and the field `traceparent` of a request: the first line is the field, the rest are
// jobs as JSON.

#include <chrono>

#include "base/cron_job_json.hpp"
#include "base/cron_schedule.hpp"
#include "base/trace_context.hpp"
#include "fuzz.hpp"

void fuzz(std::string_view input) {
  using namespace faasta;
  const std::size_t line = input.find('\n');
  const TraceContext context = TraceContext::begin(input.substr(0, line), 0);
  FUZZ_CHECK(TraceContext::begin(context.text(), 0).parent_id == context.span_id);
  boost::system::error_code error;
  const json::value value = json::parse(line == std::string_view::npos ? "[]" : input.substr(line + 1), error);
  if (error) return;
  const auto jobs = cron_jobs_from(value);
  if (!jobs) {
    FUZZ_CHECK(!jobs.error().detail.empty());
    return;
  }
  FUZZ_CHECK(*cron_jobs_from(json::parse(json::serialize(to_json(*jobs)))) == *jobs);
  const SystemTime now = *parse_rfc3339("2026-11-30T10:00:30Z");
  for (const CronJob& job : *jobs) {
    const auto schedule = CronSchedule::parse(job.schedule);
    FUZZ_CHECK(schedule.has_value());
    const SystemTime next = schedule->next(now);
    FUZZ_CHECK(next > now && next.time_since_epoch() % std::chrono::minutes(1) == std::chrono::milliseconds(0));
    FUZZ_CHECK(*schedule->last(now, next) == next);
  }
}
