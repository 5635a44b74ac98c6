#include "store/settings_json.hpp"

#include "base/json.hpp"
#include "base/propagate.hpp"

namespace faasta::store {
namespace {

json::array to_array(const std::vector<std::string>& strings) {
  json::array out;
  for (const std::string& s : strings) out.emplace_back(s);
  return out;
}

/// A row that says something else than what was written must not turn into settings that nobody chose.
std::unexpected<Error> unreadable(std::string_view what) {
  return fail(Code::data_unusable, "a row of the catalog cannot be read: " + std::string(what));
}

Result<std::vector<std::string>> from_array(const json::value& value) {
  std::vector<std::string> out;
  if (!value.is_array()) return unreadable("a list of texts is none");
  for (const json::value& item : value.get_array()) {
    if (!item.is_string()) return unreadable("a list of texts has something else in it");
    out.emplace_back(item.get_string());
  }
  return out;
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

Result<FunctionSettings> settings_from_json(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return unreadable("the settings are not JSON");
  FunctionSettings out;
  for (const auto& [key, value] : *object) {
    if (key == "outbound") {
      ASSIGN_OR_RETURN(auto origins, from_array(value));
      out.outbound = std::move(origins);
      continue;
    }
    const std::int64_t* const number = value.if_int64();
    if (number == nullptr || *number < 0) return unreadable("the setting " + std::string(key) + " is no number");
    if (key == "cpu_ms") {
      out.limits.cpu = std::chrono::milliseconds(*number);
    } else if (key == "timeout_ms") {
      out.limits.wall = std::chrono::milliseconds(*number);
    } else if (key == "memory_bytes") {
      out.limits.memory_bytes = static_cast<std::uint64_t>(*number);
    } else {
      return unreadable("it has the setting " + std::string(key) + ", which this version does not know");
    }
  }
  return out;
}

std::string strings_to_json(const std::vector<std::string>& strings) { return json::serialize(to_array(strings)); }

Result<std::vector<std::string>> strings_from_json(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) return unreadable("a list of texts is not JSON");
  return from_array(value);
}

}  // namespace faasta::store
