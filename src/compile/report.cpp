#include "compile/report.hpp"

#include "base/json.hpp"

namespace faasta::compile {

std::string to_json(const Result<Report>& report) {
  json::object out;
  if (!report) {
    out["error"] = info(report.error().code).name;
    constexpr std::size_t kDetailBytes =
        4096;  // the text can contain names from the component, and their length is not limited
    out["detail"] = valid_utf8(report.error().detail.substr(0, kDetailBytes));
  } else {
    json::array imports;
    for (const std::string& name : report->imports) imports.emplace_back(name);
    out["imports"] = std::move(imports);
    out["compiled_size"] = report->compiled_size;
    out["split"] = report->split;
    if (!report->list_damage.empty()) out["list_damage"] = report->list_damage;
    if (report->dependencies) out["dependencies"] = policy::to_json(*report->dependencies);
  }
  return json::serialize(out);
}

Result<Report> report_from_json(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return fail(Code::component_compile_failed, "the compiler ended without a report");
  if (const json::value* error = object->if_contains("error"); error != nullptr && error->is_string()) {
    const json::value* detail = object->if_contains("detail");
    const auto code = code_from_name(std::string_view(error->get_string()));
    return fail(code.value_or(Code::component_compile_failed),
                detail != nullptr && detail->is_string() ? std::string(detail->get_string()) : std::string());
  }
  Report out;
  const json::value* imports = object->if_contains("imports");
  const json::value* size = object->if_contains("compiled_size");
  if (imports == nullptr || !imports->is_array() || size == nullptr || !size->is_number()) {
    return fail(Code::component_compile_failed, "the compiler's report is not whole");
  }
  for (const json::value& name : imports->get_array()) {
    if (name.is_string()) out.imports.emplace_back(name.get_string());
  }
  out.compiled_size = size->to_number<std::uint64_t>();
  const json::value* split = object->if_contains("split");
  out.split = split != nullptr && split->is_bool() && split->get_bool();
  if (const json::value* list = object->if_contains("dependencies")) {
    if (!list->is_object()) return fail(Code::component_compile_failed, "the compiler's report is not whole");
    auto dependencies = policy::list_from_json(list->get_object());
    if (dependencies) out.dependencies = std::move(*dependencies);
    if (!dependencies) out.list_damage = dependencies.error().detail;
  }
  const json::value* damage = object->if_contains("list_damage");
  if (damage != nullptr && damage->is_string()) out.list_damage = std::string(damage->get_string());
  return out;
}

}  // namespace faasta::compile
