#include "cli/project/cron_tables.hpp"

#include "base/cron_job_json.hpp"
#include "base/propagate.hpp"
#include "cli/project/file_place.hpp"
#include "cli/project/toml_json.hpp"

namespace faasta::cli {

Result<std::vector<CronJob>> read_cron(const toml::table& top) {
  const toml::node* const node = top.get(kCron);
  if (node == nullptr) return std::vector<CronJob>();
  const toml::array* const tables = node->as_array();
  if (tables == nullptr || (!tables->empty() && !tables->is_homogeneous(toml::node_type::table)))
    return fail(Code::project_invalid, file_place(node->source()) + "`cron` must be tables: [[cron]]");
  std::vector<CronJob> out;
  for (const toml::node& table : *tables) {
    const auto wrong = [&table](const Error& error) {
      return fail(Code::project_invalid, file_place(table.source()) + "`cron`: " + error.detail);
    };
    auto job = cron_job_from(to_json(table));
    if (!job) return wrong(job.error());
    out.push_back(*std::move(job));
    if (const auto checked = check_cron_jobs(out); !checked) return wrong(checked.error());
  }
  return out;
}

json::object cron_schema() {
  const auto text = [](std::string_view about) { return json::object{{"type", "string"}, {"description", about}}; };
  const auto flag = [](std::string_view about) { return json::object{{"type", "boolean"}, {"description", about}}; };
  json::object properties{
      {"name", text("The name of the job: 1 to 20 of a-z, 0-9 and single hyphens")},
      {"schedule", text("minute hour day month weekday, in UTC, such as */5 * * * *")},
      {"path", text("The path of the request; default: /")},
      {"method", text("The method of the request; default: POST")},
      {"retries", json::object{{"type", "integer"},
                               {"minimum", 0},
                               {"maximum", 5},
                               {"description", "How often a failed run is tried again; default: 0"}}},
      {"overlap", flag("Whether a run may begin while another one goes on; default: false")},
      {"catch_up", flag("Whether the last missed tick is run late; default: false")},
  };
  return {{"type", "array"},
          {"description", "Requests that the server sends to the function at certain times"},
          {"maxItems", kMostCronJobs},
          {"items", json::object{{"type", "object"},
                                 {"additionalProperties", false},
                                 {"required", json::array{"name", "schedule"}},
                                 {"properties", std::move(properties)}}}};
}

}  // namespace faasta::cli
