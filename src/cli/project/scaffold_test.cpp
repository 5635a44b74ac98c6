#include "cli/project/scaffold.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "cli/client/private_server.hpp"

namespace faasta::cli {
namespace {

TEST(WriteProject, WritesEveryFile) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  const auto written = write_project(folder->path() / "hello", {{"faasta.toml", "a"}, {"src/main.rs", "b"}});
  ASSERT_TRUE(written) << written.error().detail;
  EXPECT_EQ(*written, (std::vector<std::string>{"faasta.toml", "src/main.rs"}));
  EXPECT_EQ(read_file(folder->path() / "hello/src/main.rs"), "b");
}

TEST(WriteProject, OverwritesNothingAndThenWritesNothing) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  ASSERT_TRUE(replace_file(folder->path() / "b", "mine", 0600, Durable::no));
  const auto written = write_project(folder->path(), {{"a", "1"}, {"b", "2"}});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().id, "F0704");
  EXPECT_EQ(read_file(folder->path() / "b"), "mine");
  EXPECT_FALSE(std::filesystem::exists(folder->path() / "a"));
}

}  // namespace
}  // namespace faasta::cli
