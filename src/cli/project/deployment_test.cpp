#include "cli/project/deployment.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

TEST(UploadPath, CarriesWhatTheProjectAsksFor) {
  const auto project = parse_project(
      "name = \"hello\"\n[limits]\ncpu_ms = 5\nmemory_mb = 64\n[allow]\noutbound = [\"https://a.example\", "
      "\"https://b.example\"]\n");
  ASSERT_TRUE(project);
  Deployment deployment(project->name);
  deployment.project = *project;
  deployment.message = "a b";
  deployment.verify = false;
  EXPECT_EQ(upload_path(deployment, sha256("")),
            "/v1/functions/hello/versions?sha256=" + sha256("").hex() +
                "&cpu_ms=5&memory_mb=64&outbound=https%3A%2F%2Fa.example&outbound=https%3A%2F%2Fb.example"
                "&message=a%20b&verify=false");
}

TEST(UploadPath, CarriesOnlyTheDigestByDefault) {
  const Deployment deployment(*FunctionName::parse("hello"));
  EXPECT_EQ(upload_path(deployment, sha256("")), "/v1/functions/hello/versions?sha256=" + sha256("").hex());
}

}  // namespace
}  // namespace faasta::cli
