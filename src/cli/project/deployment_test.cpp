#include "cli/project/deployment.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace faasta::cli {
namespace {

TEST(UploadPath, CarriesWhatTheProjectAsksFor) {
  const auto project = parse_project(
      "name = \"hello\"\n[limits]\ncpu_ms = 5\nmemory_mb = 64\n[allow]\noutbound = [\"https://a.example\", "
      "\"https://b.example\"]\n[env]\nGREETING = \"hi\"\n[secrets]\nrequired = [\"KEY\"]\n");
  ASSERT_TRUE(project);
  Deployment deployment(project->name);
  deployment.project = *project;
  deployment.message = "a b";
  deployment.verify = false;
  EXPECT_EQ(upload_path(deployment, sha256("")),
            "/v1/functions/hello/versions?sha256=" + sha256("").hex() + "&message=a%20b&verify=false");
  EXPECT_EQ(boost::json::serialize(settings_json(deployment)),
            R"({"cpu_ms":5,"memory_mb":64,"outbound":["https://a.example","https://b.example"],)"
            R"("required_secrets":["KEY"],"env":{"GREETING":"hi"}})");
}

TEST(UploadPath, CarriesOnlyTheDigestByDefault) {
  const Deployment deployment(*FunctionName::parse("hello"));
  EXPECT_EQ(upload_path(deployment, sha256("")), "/v1/functions/hello/versions?sha256=" + sha256("").hex());
  EXPECT_TRUE(settings_json(deployment).empty());
}

}  // namespace
}  // namespace faasta::cli
