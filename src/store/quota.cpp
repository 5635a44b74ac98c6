#include "store/quota.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/propagate.hpp"

namespace faasta::store {
namespace {

/// Returns "functions, kept_versions, ...".
std::string names() {
  std::string out;
  for (const QuotaField& field : kQuotaFields) out += (out.empty() ? "" : ", ") + std::string(field.name);
  return out;
}

}  // namespace

Result<std::string> checked_overrides(std::string overrides) {
  const auto object = parse_object(overrides);
  if (!object) return fail(Code::data_unusable, "a row of the catalog cannot be read: the quota is not JSON");
  for (const auto& [key, value] : *object) {
    const std::string name(key);
    if (std::ranges::find(kQuotaFields, name, &QuotaField::name) == kQuotaFields.end())
      return fail(Code::data_unusable,
                  "a row of the catalog has the quota " + name + ", which this version does not know");
    const std::int64_t* const figure = value.if_int64();
    if (figure == nullptr || *figure < 0 || *figure > std::numeric_limits<std::uint32_t>::max())
      return fail(Code::data_unusable, "a row of the catalog cannot be read: the quota " + name + " is no number");
  }
  return overrides;
}

Quota with_overrides(Quota quota, std::string_view overrides) {
  const auto object = parse_object(overrides);
  if (!object) return quota;
  for (const QuotaField& field : kQuotaFields) {
    const auto found = object->find(field.name);
    if (found != object->end() && found->value().is_int64())
      quota.*field.figure = static_cast<std::uint32_t>(found->value().get_int64());
  }
  return quota;
}

Result<std::string> change_override(std::string_view overrides, std::string_view name,
                                    std::optional<std::uint32_t> figure) {
  if (std::ranges::find(kQuotaFields, name, &QuotaField::name) == kQuotaFields.end())
    return fail(Code::usage, "there is no quota '" + std::string(name) + "'; there are " + names());
  ASSIGN_OR_RETURN(auto object, parse_object(overrides));
  if (figure) {
    object[name] = *figure;
  } else {
    object.erase(name);
  }
  return to_text(object);
}

json::object to_json(const Quota& quota) {
  json::object out;
  for (const QuotaField& field : kQuotaFields) out[field.name] = quota.*field.figure;
  return out;
}

}  // namespace faasta::store
