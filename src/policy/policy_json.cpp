#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "policy/policy.hpp"

namespace faasta::policy {
namespace {

json::array texts_to_json(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::array rules_to_json(const std::vector<PackageRule>& rules) {
  json::array out;
  for (const PackageRule& rule : rules)
    out.push_back(json::object{{"name", rule.name}, {"version", rule.version}, {"reason", rule.reason}});
  return out;
}

std::string_view word(const BuildCode& rule) { return rule.deny ? "deny" : "report"; }

std::unexpected<Error> invalid(std::string_view what) {
  return fail(Code::invalid_json, fmt::format("the policy's {} is not understood", what));
}

Result<> only(const json::object& object, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object)
    if (std::ranges::find(known, std::string_view(key)) == known.end()) return invalid(std::string_view(key));
  return {};
}

Result<std::vector<std::string>> texts_from_json(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_array()) return invalid(key);
  std::vector<std::string> out;
  for (const json::value& item : value->get_array()) {
    if (!item.is_string()) return invalid(key);
    out.emplace_back(item.get_string());
  }
  return out;
}

Result<std::vector<PackageRule>> rules_from_json(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_array()) return invalid(key);
  std::vector<PackageRule> out;
  for (const json::value& item : value->get_array()) {
    const json::object* entry = item.if_object();
    if (entry == nullptr) return invalid(key);
    PackageRule rule;
    for (const auto& [name, field] :
         {std::pair("name", &PackageRule::name), std::pair("version", &PackageRule::version),
          std::pair("reason", &PackageRule::reason)}) {
      const json::value* text = entry->if_contains(name);
      if (text == nullptr || !text->is_string()) return invalid(key);
      rule.*field = std::string(text->get_string());
    }
    auto requirement = rule.version.empty() ? VersionRequirement() : VersionRequirement::parse(rule.version);
    if (!requirement) return invalid(key);
    rule.requirement = std::move(*requirement);
    out.push_back(std::move(rule));
  }
  return out;
}

Result<BuildCode> build_code_from_json(const json::object& object, std::string_view key, std::string_view list) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) return invalid(key);
  if (value->get_string() != "deny" && value->get_string() != "report") return invalid(key);
  auto allowed = texts_from_json(object, list);
  if (!allowed) return std::unexpected(allowed.error());
  return BuildCode{value->get_string() == "deny", std::move(*allowed)};
}

Result<> read_imports(const json::object& object, Policy& policy) {
  if (auto known = only(object, {"allow", "deny"}); !known) return known;
  const json::value* allow = object.if_contains("allow");
  if (allow == nullptr) return invalid("allow");
  if (!allow->is_null()) {
    auto texts = texts_from_json(object, "allow");
    if (!texts) return std::unexpected(texts.error());
    policy.allowed_imports = std::move(*texts);
  }
  auto deny = texts_from_json(object, "deny");
  if (!deny) return std::unexpected(deny.error());
  policy.denied_imports = std::move(*deny);
  return {};
}

Result<> read_dependencies(const json::object& object, Policy& policy) {
  if (auto known = only(object, {"sources", "allow", "deny", "require_embedded_list", "build_scripts", "proc_macros",
                                 "allow_build_scripts", "allow_proc_macros"});
      !known)
    return known;
  auto sources = texts_from_json(object, "sources");
  if (!sources) return std::unexpected(sources.error());
  policy.sources = std::move(*sources);
  for (const auto& [key, field] : {std::pair("allow", &Policy::allow), std::pair("deny", &Policy::deny)}) {
    auto rules = rules_from_json(object, key);
    if (!rules) return std::unexpected(rules.error());
    policy.*field = std::move(*rules);
  }
  const json::value* required = object.if_contains("require_embedded_list");
  if (required == nullptr || !required->is_bool()) return invalid("require_embedded_list");
  policy.require_embedded_list = required->get_bool();
  auto scripts = build_code_from_json(object, "build_scripts", "allow_build_scripts");
  if (!scripts) return std::unexpected(scripts.error());
  policy.build_scripts = std::move(*scripts);
  auto macros = build_code_from_json(object, "proc_macros", "allow_proc_macros");
  if (!macros) return std::unexpected(macros.error());
  policy.proc_macros = std::move(*macros);
  return {};
}

}  // namespace

json::object to_json(const Policy& policy) {
  json::object imports;
  imports["allow"] = policy.allowed_imports ? json::value(texts_to_json(*policy.allowed_imports)) : json::value();
  imports["deny"] = texts_to_json(policy.denied_imports);
  json::object dependencies;
  dependencies["sources"] = texts_to_json(policy.sources);
  dependencies["allow"] = rules_to_json(policy.allow);
  dependencies["deny"] = rules_to_json(policy.deny);
  dependencies["require_embedded_list"] = policy.require_embedded_list;
  dependencies["build_scripts"] = word(policy.build_scripts);
  dependencies["proc_macros"] = word(policy.proc_macros);
  dependencies["allow_build_scripts"] = texts_to_json(policy.build_scripts.allowed);
  dependencies["allow_proc_macros"] = texts_to_json(policy.proc_macros.allowed);
  json::object out;
  out["imports"] = std::move(imports);
  out["dependencies"] = std::move(dependencies);
  return out;
}

Result<Policy> policy_from_json(const json::object& object) {
  if (auto known = only(object, {"imports", "dependencies"}); !known) return std::unexpected(known.error());
  const json::value* imports = object.if_contains("imports");
  const json::value* dependencies = object.if_contains("dependencies");
  if (imports == nullptr || !imports->is_object()) return invalid("imports");
  if (dependencies == nullptr || !dependencies->is_object()) return invalid("dependencies");
  Policy out;
  if (auto read = read_imports(imports->get_object(), out); !read) return std::unexpected(read.error());
  if (auto read = read_dependencies(dependencies->get_object(), out); !read) return std::unexpected(read.error());
  return out;
}

}  // namespace faasta::policy
