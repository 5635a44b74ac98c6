#include "api/cron.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "api/answer.hpp"
#include "api/elapsed.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "base/cron_job_json.hpp"
#include "base/cron_schedule.hpp"
#include "base/propagate.hpp"

namespace faasta::api {
namespace {

constexpr std::uint64_t kMostBody = 4096;

struct Wanted {
  std::string job;
  SystemTime tick = std::chrono::floor<std::chrono::minutes>(system_now());
};

Result<Wanted> wanted(std::string_view body) {
  ASSIGN_OR_RETURN(const auto object, parse_object(body));
  Wanted out;
  for (const auto& [key, value] : object) {
    if (key != "job" && key != "scheduled_at") return fail(Code::unknown_field, "'" + std::string(key) + "'");
    if (!value.is_string()) return fail(Code::bad_request, "'" + std::string(key) + "' is not a text");
    if (key == "job") {
      out.job = value.get_string();
      continue;
    }
    const auto tick = parse_rfc3339(value.get_string());
    if (!tick) return fail(Code::bad_request, "'scheduled_at' is not a time such as 2026-11-30T10:00:00Z");
    out.tick = *tick;
  }
  if (out.job.empty()) return fail(Code::bad_request, "'job' is missing");
  return out;
}

json::object last_run(const store::CronRecord& record) {
  json::object out{{"began_at", rfc3339(*record.began)}};
  if (!record.ended) return out;
  out["ended_at"] = rfc3339(*record.ended);
  out["status"] = record.status;
  out["attempts"] = record.attempts;
  out["failed"] = record.failed;
  return out;
}

json::object to_json(const store::ScheduledFunction& function, const std::vector<store::CronRecord>& records) {
  json::array jobs = faasta::to_json(function.jobs);
  for (json::value& value : jobs) {
    json::object& job = value.get_object();
    const auto record = std::ranges::find(records, std::string_view(job["name"].get_string()), &store::CronRecord::job);
    const auto schedule = CronSchedule::parse(job["schedule"].get_string());
    const SystemTime after = record == records.end() ? system_now() : std::max(record->tick, system_now());
    if (schedule) job["next_at"] = rfc3339(schedule::Scheduler::next_run(function.id, *schedule, after));
    if (record == records.end()) continue;
    job["missed"] = record->missed;
    job["skipped"] = record->skipped;
    if (record->began) job["last"] = last_run(*record);
  }
  return {{"name", function.name}, {"version", function.version}, {"jobs", std::move(jobs)}};
}

}  // namespace

std::vector<Endpoint> CronApi::endpoints() {
  return {
      {"GET", "/v1/functions/{name}/cron", Access::read_function, std::bind_front(&CronApi::list, this)},
      {"POST", "/v1/functions/{name}/cron/run", Access::deploy_function, std::bind_front(&CronApi::run, this)},
  };
}

Answer CronApi::list(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  auto ask = [this, &request, &name]() -> Result<json::object> {
    ASSIGN_OR_RETURN(const auto function, parts_.store.of_owner(request.actor.owner, name));
    ASSIGN_OR_RETURN(const auto records, parts_.store.records(function.id));
    return to_json(function, records);
  };
  CO_ASSIGN_OR_RETURN(const json::object out, co_await on(parts_.pool, ask));
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer CronApi::run(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const Wanted want, wanted(body));
  auto ask = [this, &request, &name]() { return parts_.store.of_owner(request.actor.owner, name); };
  CO_ASSIGN_OR_RETURN(const auto function, co_await on(parts_.pool, ask));
  const auto job = std::ranges::find(function.jobs, want.job, &CronJob::name);
  if (job == function.jobs.end())
    co_return fail(Code::cron_not_found, "'" + name.str() + "' has no cron job '" + want.job + "'");
  const SteadyTime began = std::chrono::steady_clock::now();
  const schedule::CronAnswer answer =
      co_await parts_.run(request.exchange, {function.id, function.name, *job, want.tick, 1});
  answer_json(request.exchange, 200,
              {{"job", job->name},
               {"scheduled_at", rfc3339(want.tick)},
               {"status", answer.status},
               {"failed", answer.failed()},
               {"ms", ms_since(began)}});
  co_return Result<>{};
}

}  // namespace faasta::api
