#include "base/cron_job_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/cron_schedule.hpp"
#include "base/propagate.hpp"
#include "base/version_label.hpp"

namespace faasta {
namespace {

constexpr std::int64_t kMostRetries = 5;
constexpr std::size_t kMostPathBytes = 1024;
// Not CONNECT and TRACE, which a function never gets.
constexpr std::array<std::string_view, 7> kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};

std::unexpected<Error> wrong(std::string detail) { return fail(Code::cron_invalid, std::move(detail)); }

bool is_path_byte(char c) { return c > ' ' && c < '\x7f' && c != '#'; }

Result<> set_member(std::string_view key, const json::value& value, CronJob& out) {
  struct Text {
    std::string_view key;
    std::string CronJob::* member;
  };
  for (const auto& [name, member] : {Text{"name", &CronJob::name}, Text{"schedule", &CronJob::schedule},
                                     Text{"path", &CronJob::path}, Text{"method", &CronJob::method}}) {
    if (key != name) continue;
    if (!value.is_string()) return wrong(fmt::format("'{}' is not a text", key));
    out.*member = value.get_string();
    return {};
  }
  struct Flag {
    std::string_view key;
    bool CronJob::* member;
  };
  for (const auto& [name, member] : {Flag{"overlap", &CronJob::overlap}, Flag{"catch_up", &CronJob::catch_up}}) {
    if (key != name) continue;
    if (!value.is_bool()) return wrong(fmt::format("'{}' is neither true nor false", key));
    out.*member = value.get_bool();
    return {};
  }
  if (key != "retries") return fail(Code::unknown_field, fmt::format("'{}' of a cron job", key));
  if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > kMostRetries)
    return wrong(fmt::format("'retries' is not a number from 0 to {}", kMostRetries));
  out.retries = static_cast<std::uint32_t>(value.get_int64());
  return {};
}

Result<> check(const CronJob& job) {
  if (auto name = check_alias(job.name); !name) return wrong("name: " + name.error().detail);
  const auto in_job = [&job](std::string why) { return wrong(fmt::format("'{}': {}", job.name, why)); };
  if (auto schedule = CronSchedule::parse(job.schedule); !schedule) return in_job(schedule.error().detail);
  if (!job.path.starts_with('/') || job.path.size() > kMostPathBytes || !std::ranges::all_of(job.path, is_path_byte))
    return in_job(fmt::format("'{}' is no path: it begins with '/', and has at most {} printable ASCII characters",
                              job.path, kMostPathBytes));
  if (std::ranges::find(kMethods, job.method) == kMethods.end())
    return in_job(fmt::format("'{}' is none of the methods {}", job.method, fmt::join(kMethods, ", ")));
  return {};
}

}  // namespace

json::array to_json(std::span<const CronJob> jobs) {
  json::array out;
  for (const CronJob& job : jobs)
    out.push_back(json::object{{"name", job.name},
                               {"schedule", job.schedule},
                               {"path", job.path},
                               {"method", job.method},
                               {"retries", job.retries},
                               {"overlap", job.overlap},
                               {"catch_up", job.catch_up}});
  return out;
}

Result<CronJob> cron_job_from(const json::value& value) {
  if (!value.is_object()) return wrong("a cron job is no object");
  CronJob out;
  for (const auto& [key, member] : value.get_object()) RETURN_IF_ERROR(set_member(key, member, out));
  RETURN_IF_ERROR(check(out));
  return out;
}

Result<std::vector<CronJob>> cron_jobs_from(const json::value& value) {
  if (!value.is_array()) return wrong("'cron' is no list");
  std::vector<CronJob> out;
  for (const json::value& item : value.get_array()) {
    ASSIGN_OR_RETURN(CronJob job, cron_job_from(item));
    out.push_back(std::move(job));
    RETURN_IF_ERROR(check_cron_jobs(out));
  }
  return out;
}

Result<> check_cron_jobs(std::span<const CronJob> jobs) {
  if (jobs.size() > kMostCronJobs) return wrong(fmt::format("there are more than {} cron jobs", kMostCronJobs));
  for (auto job = jobs.begin(); job != jobs.end(); ++job)
    if (std::ranges::find(jobs.begin(), job, job->name, &CronJob::name) != job)
      return wrong(fmt::format("two cron jobs have the name '{}'", job->name));
  return {};
}

}  // namespace faasta
