#include "store/settings_json.hpp"

#include "base/json.hpp"

namespace faasta::store {
namespace {

json::array to_array(const std::vector<std::string>& strings) {
  json::array out;
  for (const std::string& s : strings) out.emplace_back(s);
  return out;
}

std::vector<std::string> from_array(const json::value& value) {
  std::vector<std::string> out;
  if (!value.is_array()) return out;
  for (const json::value& item : value.get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

std::int64_t integer(const json::object& object, std::string_view key, std::int64_t missing) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : missing;
}

}  // namespace

std::string settings_to_json(const FunctionSettings& settings) {
  json::object out;
  out["cpu_ms"] = settings.limits.cpu.count();
  out["timeout_ms"] = settings.limits.wall.count();
  out["memory_bytes"] = static_cast<std::int64_t>(settings.limits.memory_bytes);
  if (!settings.outbound.empty()) out["outbound"] = to_array(settings.outbound);
  return json::serialize(out);
}

FunctionSettings settings_from_json(std::string_view text) {
  FunctionSettings out;
  const auto object = parse_object(text);
  if (!object) return out;
  out.limits.cpu = std::chrono::milliseconds(integer(*object, "cpu_ms", out.limits.cpu.count()));
  out.limits.wall = std::chrono::milliseconds(integer(*object, "timeout_ms", out.limits.wall.count()));
  out.limits.memory_bytes =
      static_cast<std::uint64_t>(integer(*object, "memory_bytes", static_cast<std::int64_t>(out.limits.memory_bytes)));
  if (const json::value* outbound = object->if_contains("outbound")) out.outbound = from_array(*outbound);
  return out;
}

std::string strings_to_json(const std::vector<std::string>& strings) { return json::serialize(to_array(strings)); }

std::vector<std::string> strings_from_json(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  return error ? std::vector<std::string>() : from_array(value);
}

}  // namespace faasta::store
