// Reads the settings of a deploy: as JSON, as the query of a request, and as the catalog keeps them.

#include "api/deploy_settings.hpp"
#include "api/query.hpp"
#include "fuzz.hpp"
#include "store/settings_json.hpp"

namespace {

using namespace faasta;

/// Checks that the catalog gives back what it was given, and that no limit is above the ceiling.
void check_settings(const Result<FunctionSettings>& settings) {
  if (!settings) {
    FUZZ_CHECK(!settings.error().detail.empty());
    return;
  }
  const CallLimits ceilings;
  FUZZ_CHECK(settings->limits.cpu <= ceilings.cpu && settings->limits.wall <= ceilings.wall);
  FUZZ_CHECK(settings->limits.memory_bytes <= ceilings.memory_bytes);
  const auto kept = store::settings_from_json(store::settings_to_json(*settings));
  FUZZ_CHECK(kept && *kept == *settings);
}

}  // namespace

void fuzz(std::string_view input) {
  check_settings(api::settings_of(input, {}));
  std::vector<std::string_view> known, repeatable;
  api::add_setting_names(known, repeatable);
  if (const auto query = api::Query::parse_named(input, known, repeatable))
    check_settings(api::settings_of(*query, {}));
  const auto kept = store::settings_from_json(input);
  if (kept) FUZZ_CHECK(store::settings_from_json(store::settings_to_json(*kept)) == *kept);
}
