#include "api/version_difference.hpp"

#include <gtest/gtest.h>

namespace faasta::api {
namespace {

json::value parsed(const char* text) { return json::parse(text); }

TEST(VersionDifference, OfEqualVersionsIsEmpty) {
  const store::VersionContent one{
      .number = 3, .sha256 = {}, .size = 9, .imports = {"a"}, .settings = {}, .packages = {}};
  EXPECT_EQ(json::value(difference(one, one)),
            parsed(R"({"from": 3, "to": 3, "same_component": true, "same_assets": true,
    "imports": {"added": [], "removed": []}, "outbound": {"added": [], "removed": []},
    "required_secrets": {"added": [], "removed": []}, "optional_secrets": {"added": [], "removed": []},
    "limits": [], "env": {"added": [], "removed": [], "changed": []},
    "cron": {"added": [], "removed": [], "changed": []}, "preview_access": {"from": "public", "to": "public"},
    "packages": []})"));
}

TEST(VersionDifference, NamesEachChange) {
  store::VersionContent from{
      .number = 1, .sha256 = {}, .size = 9, .imports = {"a", "b"}, .settings = {}, .packages = {}};
  store::VersionContent to = from;
  to.number = 2;
  to.sha256.bytes[0] = 1;
  to.imports = {"b", "c"};
  from.settings.outbound = {"https://old.example"};
  to.settings.required_secrets = {"KEY"};
  from.settings.optional_secrets = {"KEY"};
  to.settings.limits.cpu = std::chrono::milliseconds(7);
  from.settings.env = {{"A", "1"}, {"B", "2"}, {"C", "3"}};
  to.settings.env = {{"B", "2"}, {"C", "4"}, {"D", "5"}};
  from.settings.cron = {{.name = "a", .schedule = "@daily"}, {.name = "b", .schedule = "@daily"}};
  to.settings.cron = {{.name = "b", .schedule = "@hourly"}, {.name = "c", .schedule = "@daily"}};
  to.settings.private_previews = true;
  from.packages = {{"serde", "1.0.1", ""}, {"old", "1.0.0", ""}, {"same", "2.0.0", ""}};
  to.packages = {{"serde", "1.0.2", ""}, {"serde", "0.9.0", ""}, {"same", "2.0.0", ""}};
  EXPECT_EQ(json::value(difference(from, to)),
            parsed(R"({"from": 1, "to": 2, "same_component": false, "same_assets": true,
    "imports": {"added": ["c"], "removed": ["a"]}, "outbound": {"added": [], "removed": ["https://old.example"]},
    "required_secrets": {"added": ["KEY"], "removed": []}, "optional_secrets": {"added": [], "removed": ["KEY"]},
    "limits": [{"limit": "cpu_ms", "from": 50, "to": 7}],
    "env": {"added": ["D"], "removed": ["A"], "changed": ["C"]},
    "cron": {"added": ["c"], "removed": ["a"], "changed": ["b"]}, "preview_access": {"from": "public", "to": "token"},
    "packages": [{"package": "old", "from": ["1.0.0"], "to": []},
                 {"package": "serde", "from": ["1.0.1"], "to": ["0.9.0", "1.0.2"]}]})"));
}

}  // namespace
}  // namespace faasta::api
