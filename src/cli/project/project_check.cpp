#include "cli/project/project_check.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "cli/project/session.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

struct Limit {
  std::string_view key;
  std::optional<std::int64_t> Project::* asked;
  std::int64_t most;
};

/// The server's ceilings, in an answer of /v1/me. One that does not tell a ceiling judges later, at the upload.
CallLimits ceilings_of(const boost::json::object& me) {
  constexpr std::int64_t kAny = INT32_MAX;
  const auto& limits = object_field(me, "limits");
  CallLimits out;
  out.cpu = std::chrono::milliseconds(integer_field(limits, "cpu_ms").value_or(kAny));
  out.wall = std::chrono::milliseconds(integer_field(limits, "timeout_ms").value_or(kAny));
  out.memory_bytes = static_cast<std::uint64_t>(integer_field(limits, "memory_mb").value_or(kAny)) << 20U;
  return out;
}

/// A function that is there already keeps its name when the list of reserved names grows.
Outcome<> check_name(const ApiClient& api, const FunctionName& name) {
  const auto checked = name.check_not_reserved(ReservedNames::among_strangers);
  if (checked) return {};
  const auto known = api.get(function_path(name));
  if (known || known.error().id != info(Code::function_not_found).id) return {};  // the server judges it at the upload
  return std::unexpected(checked.error());
}

}  // namespace

Result<> check_limits(const Project& project, const CallLimits& ceilings, std::string_view whose) {
  const Limit kLimits[] = {{"cpu_ms", &Project::cpu_ms, ceilings.cpu.count()},
                           {"timeout_ms", &Project::timeout_ms, ceilings.wall.count()},
                           {"memory_mb", &Project::memory_mb, static_cast<std::int64_t>(ceilings.memory_bytes >> 20U)}};
  for (const Limit& limit : kLimits) {
    const auto& asked = project.*limit.asked;
    if (!asked || *asked <= limit.most) continue;
    const auto place = project.limit_places.find(limit.key);
    return fail(Code::project_invalid, fmt::format("{}`limits.{}` is {}; {} allows {} at most",
                                                   place == project.limit_places.end() ? "" : place->second, limit.key,
                                                   *asked, whose, limit.most));
  }
  return {};
}

CheckProject check_by_server(const ApiClient& api) {
  return [&api](const FunctionName& name, const Project* project) -> Outcome<> {
    const auto me = api.get("/v1/me");
    if (!me) {
      // The upload says what stands in the way: a proxy may treat this request in another way than an upload.
      const auto is = [&](Code code) { return me.error().id == info(code).id; };
      if (is(Code::server_mismatch) || is(Code::proxy_answered)) return {};
      return std::unexpected(me.error());
    }
    if (project != nullptr) {
      if (const auto checked = check_limits(*project, ceilings_of(*me), "the server"); !checked)
        return std::unexpected(checked.error());
    }
    return text_field(*me, "mode") == "github" ? check_name(api, name) : Outcome<>();
  };
}

Outcome<> check_by_defaults(const FunctionName& name, const Project* project) {
  static_cast<void>(name);
  if (project == nullptr) return {};
  if (const auto checked = check_limits(*project, CallLimits(), "a server that is not configured otherwise"); !checked)
    return std::unexpected(checked.error());
  return {};
}

}  // namespace faasta::cli
