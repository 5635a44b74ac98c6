#include "cli/client/private_server.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

TEST(ReadyPort, IsReadFromTheReadyLineOnly) {
  EXPECT_EQ(ready_port(R"({"event":"ready","listen":"127.0.0.1:3000"})"), "3000");
  EXPECT_FALSE(ready_port(R"({"event":"start","listen":"127.0.0.1:3000"})"));
  EXPECT_FALSE(ready_port(R"({"event":"ready","listen":"127.0.0.1:30x0"})"));
  EXPECT_FALSE(ready_port(R"({"event":"ready"})"));
  EXPECT_FALSE(ready_port("ready"));
}

TEST(TemporaryFolder, IsRemovedWithItsOwner) {
  std::filesystem::path path;
  {
    const auto folder = TemporaryFolder::make();
    ASSERT_TRUE(folder);
    path = folder->path();
    EXPECT_TRUE(std::filesystem::is_directory(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace faasta::cli
