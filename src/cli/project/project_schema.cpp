#include "cli/project/project_schema.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/environment.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/settings.hpp"
#include "cli/project/assets_table.hpp"
#include "cli/project/cron_tables.hpp"
#include "cli/project/environments.hpp"
#include "cli/project/languages.hpp"
#include "cli/project/private_folder.hpp"
#include "cli/project/project_file.hpp"
#include "cli/project/project_keys.hpp"

namespace faasta::cli {
namespace {

using boost::json::object;

constexpr const char* kVariableName = "^[A-Za-z_][A-Za-z0-9_]{0,127}$";

object text_schema(std::string_view about) { return {{"type", "string"}, {"minLength", 1}, {"description", about}}; }

object list_schema(std::string_view about) {
  return {{"type", "array"}, {"description", about}, {"items", object{{"type", "string"}, {"minLength", 1}}}};
}

object table_schema() { return {{"type", "object"}, {"additionalProperties", false}, {"properties", object()}}; }

/// Returns the properties of a table, which is made if `top` does not have it.
object& properties_of(object& top, std::string_view table) {
  if (table.empty()) return top;
  if (!top.contains(table)) top[table] = table_schema();
  return top[table].as_object()["properties"].as_object();
}

object limit_schema(const LimitSetting& limit) {
  return {{"type", "integer"},
          {"minimum", 1},
          {"description", fmt::format("{} of a call, in {}; at most the server's", limit.label, limit.unit)}};
}

object all_properties() {
  object out;
  for (const ProjectKey& key : kProjectKeys)
    properties_of(out, key.table)[key.key] = key.is_list ? list_schema(key.about) : text_schema(key.about);
  boost::json::array names;
  for (const Language& language : languages()) names.emplace_back(language.name);
  properties_of(out, "build")["language"].as_object()["enum"] = std::move(names);
  properties_of(out, "previews")["access"].as_object()["enum"] = boost::json::array{kPublicPreviews, kPrivatePreviews};
  object& assets = properties_of(out, "assets");
  assets["not_found"].as_object()["enum"] = boost::json::array{"none", "404", "spa"};
  assets[kAssetHeaders] = object{
      {"type", "object"},
      {"description", "Fields of the answers, by paths such as /fonts/*"},
      {"additionalProperties", object{{"type", "object"}, {"additionalProperties", object{{"type", "string"}}}}}};
  for (const LimitSetting& limit : kLimitSettings) properties_of(out, "limits")[limit.key] = limit_schema(limit);
  for (const ListSetting& list : kListSettings) {
    object schema = list_schema(fmt::format("{}, such as {}", list.items, list.example));
    schema["maxItems"] = list.most;
    properties_of(out, list.table)[list.key] = std::move(schema);
  }
  out["env"] = object{{"type", "object"},
                      {"description", "Environment variables of the function"},
                      {"maxProperties", kMostVariables},
                      {"propertyNames", object{{"pattern", kVariableName}}},
                      {"additionalProperties", object{{"type", "string"}}}};
  out[kCron] = cron_schema();
  return out;
}

}  // namespace

object project_schema() {
  object properties = all_properties();
  object environment{{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
  properties[kEnvironments] =
      object{{"type", "object"},
             {"description", "Named sets of changes: with --env NAME, they make the function NAME of the file's name"},
             {"additionalProperties", std::move(environment)}};
  return {{"$schema", "http://json-schema.org/draft-07/schema#"},
          {"title", "faasta.toml"},
          {"type", "object"},
          {"required", boost::json::array{"name"}},
          {"additionalProperties", false},
          {"properties", std::move(properties)}};
}

void keep_schema(const std::filesystem::path& project) {
  constexpr std::uint64_t kLargest = 1U << 20U;
  constexpr unsigned kMode = 0644;
  const std::filesystem::path here = project.empty() ? "." : project;
  const auto text = read_file(here / kProjectFile, kLargest);
  if (!text || !text->contains(kSchemaLine)) return;
  const auto folder = private_folder(here);
  if (!folder) return;
  const std::filesystem::path file = *folder / "faasta.schema.json";
  const std::string schema = to_text(project_schema()) + "\n";
  if (read_file(file, kLargest).value_or("") == schema) return;
  static_cast<void>(replace_file(file, schema, kMode, Durable::no));
}

}  // namespace faasta::cli
