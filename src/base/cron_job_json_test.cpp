#include "base/cron_job_json.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

Result<std::vector<CronJob>> read(std::string_view text) { return cron_jobs_from(json::parse(text)); }

TEST(CronJobTest, IsReadAsItWasWritten) {
  const std::vector<CronJob> jobs = {{.name = "tick", .schedule = "*/5 * * * *"},
                                     {.name = "night-work",
                                      .schedule = "@daily",
                                      .path = "/clean?all=1",
                                      .method = "DELETE",
                                      .retries = 5,
                                      .overlap = true,
                                      .catch_up = true}};
  EXPECT_EQ(*read(json::serialize(to_json(jobs))), jobs);
  EXPECT_EQ(read(R"([{"name": "tick", "schedule": "*/5 * * * *"}])")->front(), jobs.front());
  EXPECT_TRUE(read("[]")->empty());
}

TEST(CronJobTest, SaysWhatIsWrong) {
  struct Case {
    std::string_view text, problem;
    Code code = Code::cron_invalid;
  };
  for (const auto& [text, problem, code] : {
           Case{"{}", "'cron' is no list"},
           Case{"[1]", "a cron job is no object"},
           Case{R"([{"schedule": "@daily"}])", "name: '' does not have 1 to 20"},
           Case{R"([{"name": "Tick", "schedule": "@daily"}])", "name: 'Tick' does not begin"},
           Case{R"([{"name": "a"}])", "'a': '' has 0 fields"},
           Case{R"([{"name": "a", "schedule": "60 * * * *"}])", "'a': minute: '60'"},
           Case{R"([{"name": "a", "schedule": 5}])", "'schedule' is not a text"},
           Case{R"([{"name": "a", "schedule": "@daily", "path": "x"}])", "'a': 'x' is no path"},
           Case{R"([{"name": "a", "schedule": "@daily", "path": "/a b"}])", "is no path"},
           Case{R"([{"name": "a", "schedule": "@daily", "path": "/a\r\nx: y"}])", "is no path"},
           Case{R"([{"name": "a", "schedule": "@daily", "method": "CONNECT"}])", "none of the methods GET, POST"},
           Case{R"([{"name": "a", "schedule": "@daily", "method": "post"}])", "none of the methods"},
           Case{R"([{"name": "a", "schedule": "@daily", "retries": 6}])", "'retries' is not a number from 0 to 5"},
           Case{R"([{"name": "a", "schedule": "@daily", "retries": -1}])", "'retries'"},
           Case{R"([{"name": "a", "schedule": "@daily", "overlap": 1}])", "'overlap' is neither true nor false"},
           Case{R"([{"name": "a", "schedule": "@daily", "x": 1}])", "'x' of a cron job", Code::unknown_field},
           Case{R"([{"name": "a", "schedule": "@daily"}, {"name": "a", "schedule": "@hourly"}])",
                "two cron jobs have the name 'a'"},
       }) {
    const auto got = read(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, code) << text;
    EXPECT_NE(got.error().detail.find(problem), std::string::npos) << text << ": " << got.error().detail;
  }
}

TEST(CronJobTest, AVersionHasAtMostFive) {
  std::vector<CronJob> jobs;
  for (const char* name : {"a", "b", "c", "d", "e"}) jobs.push_back({.name = name, .schedule = "@daily"});
  EXPECT_TRUE(read(json::serialize(to_json(jobs))));
  jobs.push_back({.name = "f", .schedule = "@daily"});
  EXPECT_EQ(read(json::serialize(to_json(jobs))).error().detail, "there are more than 5 cron jobs");
}

}  // namespace
}  // namespace faasta
