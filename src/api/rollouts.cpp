#include "api/rollouts.hpp"

#include "api/answer.hpp"
#include "api/query.hpp"
#include "api/request_body.hpp"
#include "base/propagate.hpp"
#include "base/version_label.hpp"

namespace faasta::api {
namespace {

constexpr std::uint64_t kMostBody = 16U << 10U;

struct Wanted {
  std::string label;  ///< of the candidate
  RolloutPlan plan;
};

Result<Wanted> wanted(std::string_view body) {
  ASSIGN_OR_RETURN(const auto object, parse_object(body));
  Wanted out;
  for (const auto& [key, value] : object) {
    if (key == "stages" || key == "abort" || key == "sticky") continue;
    if (key != "version") return fail(Code::unknown_field, "'" + std::string(key) + "'");
    if (value.is_string()) out.label = value.get_string();
    if (value.is_int64() && value.get_int64() > 0 && value.get_int64() <= UINT32_MAX)
      out.label = label_of(static_cast<std::uint32_t>(value.get_int64()));
  }
  if (out.label.empty()) return fail(Code::bad_request, "'version' is neither the number of a version nor an alias");
  ASSIGN_OR_RETURN(out.plan, rollout_plan_from(object));
  return out;
}

json::object to_json(const release::StageCalls& calls, std::uint64_t p50_us) {
  return {{"calls", calls.calls},
          {"errors", calls.errors},
          {"traps", calls.traps},
          {"p50_us", p50_us},
          {"p99_us", calls.p99_us}};
}

}  // namespace

std::vector<Endpoint> RolloutsApi::endpoints() {
  using Step = store::Rollouts::Step;
  const char* const path = "/v1/functions/{name}/rollout";
  const auto step = [this](Step one) { return std::bind_front(&RolloutsApi::take, this, one); };
  constexpr Access kDeploy = Access::deploy_function;
  return {
      {"POST", path, kDeploy, std::bind_front(&RolloutsApi::begin, this)},
      {"GET", path, Access::read_function, std::bind_front(&RolloutsApi::show, this)},
      {"POST", "/v1/functions/{name}/rollout/promote", kDeploy, step(Step::promote)},
      {"POST", "/v1/functions/{name}/rollout/abort", kDeploy, step(Step::abort)},
      {"POST", "/v1/functions/{name}/rollout/pause", kDeploy, step(Step::pause)},
      {"POST", "/v1/functions/{name}/rollout/resume", kDeploy, step(Step::resume)},
  };
}

json::object RolloutsApi::to_json(const store::RolloutRecord& rollout) {
  const release::StageReport report = parts_.conductor.report(rollout);
  json::object out = faasta::to_json(rollout.plan);
  out["name"] = rollout.name;
  out["state"] = store::to_text(rollout.state);
  out["live_version"] = rollout.live;
  out["version"] = rollout.candidate;
  out["stage"] = rollout.stage + 1;
  out["percent"] = rollout.goes_on() ? rollout.plan.stages[rollout.stage].per_mille / 10.0
                                     : (rollout.state == store::RolloutState::promoted ? 100.0 : 0.0);
  out["begun_at"] = rfc3339(rollout.begun);
  out["stage_since"] = rfc3339(rollout.since);
  if (!rollout.reason.empty()) out["reason"] = rollout.reason;
  if (!rollout.goes_on()) return out;
  if (rollout.state == store::RolloutState::running) out["left_s"] = report.left.count();
  out["live_calls"] = api::to_json(report.live, report.live_p50_us);
  out["calls"] = api::to_json(report.candidate, report.candidate_p50_us);
  return out;
}

Answer RolloutsApi::begin(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  CO_ASSIGN_OR_RETURN(const std::string body, co_await read_body(request.exchange, kMostBody));
  CO_ASSIGN_OR_RETURN(const Wanted want, wanted(body));
  auto change = [this, &request, &name, &want]() -> Result<json::object> {
    ASSIGN_OR_RETURN(const auto version, parts_.releases.version_of(request.actor.owner, name, want.label));
    ASSIGN_OR_RETURN(const auto begun, parts_.rollouts.begin(request.actor, name, version, want.plan));
    parts_.changed(name.str());
    parts_.conductor.look_again();
    return to_json(begun);
  };
  CO_ASSIGN_OR_RETURN(const json::object out, co_await on(parts_.pool, change));
  answer_json(request.exchange, 201, out);
  co_return Result<>{};
}

Answer RolloutsApi::show(Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  auto ask = [this, &request, &name]() -> Result<json::object> {
    ASSIGN_OR_RETURN(const auto rollout, parts_.rollouts.of_function(request.actor.owner, name));
    return to_json(rollout);
  };
  CO_ASSIGN_OR_RETURN(const json::object out, co_await on(parts_.pool, ask));
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

Answer RolloutsApi::take(store::Rollouts::Step step, Request& request) {
  CO_RETURN_IF_ERROR(Query::parse(request.query, {}));
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  auto change = [this, &request, &name, step]() -> Result<json::object> {
    ASSIGN_OR_RETURN(const auto rollout, parts_.rollouts.take(request.actor, name, step));
    parts_.changed(name.str());
    parts_.conductor.look_again();
    return to_json(rollout);
  };
  CO_ASSIGN_OR_RETURN(const json::object out, co_await on(parts_.pool, change));
  answer_json(request.exchange, 200, out);
  co_return Result<>{};
}

}  // namespace faasta::api
