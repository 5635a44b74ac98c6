#include "api/function_metrics.hpp"

#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

class FunctionMetricsApiTest : public test::ApiFixture {
 protected:
  test::Answered metrics(const std::string& query = "") { return call("GET", "/v1/functions/hello/metrics" + query); }
};

TEST_F(FunctionMetricsApiTest, AFunctionThatWasNotCalledHasNoCounts) {
  EXPECT_EQ(code(metrics()), "function_not_found");
  ASSERT_EQ(deploy("hello", "bytes").status, 201);
  const auto counts = json_of(metrics());
  EXPECT_EQ(counts.at("name"), "hello");
  EXPECT_EQ(counts.at("calls"), 0);
  EXPECT_EQ(counts.at("latency_us").as_object().at("mean"), 0);
  EXPECT_EQ(counts.at("status"), json::object());
}

TEST_F(FunctionMetricsApiTest, CountsAreSummedSinceATime) {
  ASSERT_EQ(deploy("hello", "bytes").status, 201);
  const FunctionId id = store_.catalog().function(kSingleOwner, *FunctionName::parse("hello"))->id;
  metrics::CallCounts counted;
  counted.by_class[2] = 3;
  counted.by_class[0] = 1;
  counted.failures[Code::cpu_limit] = 1;
  counted.cold_starts = 2;
  counted.cold_us = 500;
  counted.cpu_us = 1500;
  ASSERT_TRUE(counts_->append({{id, counted.to_stored()}}, system_now()));
  const auto told = json_of(metrics("?since=2026-01-01T00:00:00Z"));
  EXPECT_EQ(told.at("calls"), 4);
  EXPECT_EQ(told.at("status"), (json::object{{"none", 1}, {"2xx", 3}}));
  EXPECT_EQ(told.at("failures"), (json::object{{"cpu_limit", 1}}));
  EXPECT_EQ(told.at("cold_start_us").as_object().at("mean"), 250);
}

TEST_F(FunctionMetricsApiTest, ATimeThatIsNoneIsSaid) {
  ASSERT_EQ(deploy("hello", "bytes").status, 201);
  EXPECT_EQ(code(metrics("?since=yesterday")), "bad_request");
  EXPECT_EQ(code(metrics("?until=2026-01-01T00:00:00Z")), "unknown_field");
}

}  // namespace
}  // namespace faasta::api
