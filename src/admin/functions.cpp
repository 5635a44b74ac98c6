#include "admin/functions.hpp"

#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/propagate.hpp"
#include "store/log_store.hpp"

namespace faasta::admin {
namespace {

constexpr std::size_t kLogLines = 20;
constexpr std::size_t kLongestReason = 500;

json::array to_array(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

Result<json::array> versions_of(const Operator& on, OwnerId owner, const FunctionName& name) {
  ASSIGN_OR_RETURN(const auto versions, on.catalog->versions(owner, name));
  json::array out;
  for (const store::VersionRecord& version : versions) {
    ASSIGN_OR_RETURN(const auto content, on.catalog->content(owner, name, version.number));
    out.push_back(json::object{{"version", version.number},
                               {"live", version.active},
                               {"deployed_at", rfc3339(version.created)},
                               {"sha256", version.sha256.hex()},
                               {"message", version.message},
                               {"outbound", to_array(content.settings.outbound)},
                               {"imports", to_array(content.imports)},
                               {"packages", content.packages.size()}});
  }
  return out;
}

Result<json::array> last_log_lines(const Operator& on, FunctionId function) {
  ASSIGN_OR_RETURN(auto logs, store::LogStore::open(on.data / "logs.db"));
  std::vector<std::string> newest_first;
  const auto take = [&newest_first](std::string_view line) {
    newest_first.emplace_back(line);
    return true;
  };
  RETURN_IF_ERROR(logs->tail(function, kLogLines, take));
  return json::array(newest_first.rbegin(), newest_first.rend());
}

/// The rows of the audit log about the function.
Result<json::array> changes_of(const Operator& on, const FunctionName& name) {
  json::array out;
  RETURN_IF_ERROR(on.audit.for_each(0, [&](const store::AuditRow& row) {
    if (row.subject == name.str())
      out.push_back(json::object{
          {"time", rfc3339(row.time)}, {"actor", row.actor}, {"action", row.action}, {"detail", row.detail}});
    return true;
  }));
  return out;
}

void print_as_text(const json::object& report) {
  for (const auto& [key, value] : report) {
    if (!value.is_array()) {
      fmt::print("{:<11} {}\n", std::string_view(key),
                 value.is_string() ? std::string(value.get_string()) : to_text(value));
      continue;
    }
    fmt::print("{}:\n", std::string_view(key));
    for (const json::value& one : value.get_array())
      fmt::print("  {}\n", printable_line(one.is_string() ? std::string(one.get_string()) : to_text(one)));
  }
}

}  // namespace

Result<> report_function(const Operator& on, const std::string& function) {
  ASSIGN_OR_RETURN(const auto name, FunctionName::parse(function));
  ASSIGN_OR_RETURN(const auto owner, on.owner_of(name));
  ASSIGN_OR_RETURN(const auto account, on.accounts->account(fmt::format("#{}", static_cast<std::int64_t>(owner))));
  ASSIGN_OR_RETURN(const auto record, on.catalog->function(owner, name));
  json::object out{{"function", name.str()}, {"owner", account.login}, {"owner_id", static_cast<std::int64_t>(owner)}};
  out["github_id"] = account.github_id ? json::value(*account.github_id) : json::value(nullptr);
  out["created_at"] = rfc3339(record.created);
  out["suspended"] = record.suspension ? json::value(record.suspension->reason) : json::value(nullptr);
  out["owner_suspended"] = account.suspended.has_value();
  ASSIGN_OR_RETURN(out["versions"], versions_of(on, owner, name));
  ASSIGN_OR_RETURN(out["changes"], changes_of(on, name));
  ASSIGN_OR_RETURN(out["log"], last_log_lines(on, record.id));
  if (on.json)
    on.say(out, {});
  else
    print_as_text(out);
  return {};
}

Result<> suspend_function(const Operator& on, const std::string& function, const std::string& reason) {
  if (reason.empty() || reason.size() > kLongestReason)
    return fail(Code::usage, fmt::format("the reason does not have 1 to {} bytes", kLongestReason));
  ASSIGN_OR_RETURN(const auto name, FunctionName::parse(function));
  ASSIGN_OR_RETURN(const auto owner, on.owner_of(name));
  RETURN_IF_ERROR(on.catalog->suspend(Operator::acting_for(owner), name, valid_utf8(reason)));
  on.say({{"function", name.str()}, {"suspended", true}, {"reason", reason}}, "suspended the function " + name.str());
  return {};
}

Result<> resume_function(const Operator& on, const std::string& function) {
  ASSIGN_OR_RETURN(const auto name, FunctionName::parse(function));
  ASSIGN_OR_RETURN(const auto owner, on.owner_of(name));
  RETURN_IF_ERROR(on.catalog->resume(Operator::acting_for(owner), name));
  on.say({{"function", name.str()}, {"suspended", false}}, "resumed the function " + name.str());
  return {};
}

}  // namespace faasta::admin
