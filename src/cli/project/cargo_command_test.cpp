#include "cli/project/cargo_command.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

using Words = std::vector<std::string>;

TEST(CargoCommand, KeepsWhatChoosesTheGraph) {
  const auto read = read_cargo_build({"cargo",
                                      "build",
                                      "--release",
                                      "--features",
                                      "a,b",
                                      "--features=c",
                                      "-F",
                                      "d",
                                      "-Fe",
                                      "--no-default-features",
                                      "--manifest-path",
                                      "x/Cargo.toml",
                                      "--config",
                                      "patch.crates-io.a.path='b'",
                                      "--config=c.toml",
                                      "--locked",
                                      "-Zunstable-options",
                                      "-j",
                                      "2",
                                      "--profile",
                                      "small",
                                      "--target",
                                      "wasm32-wasip2",
                                      "-p",
                                      "one",
                                      "--package=two",
                                      "--bin",
                                      "hello"});
  EXPECT_EQ(read.graph_options,
            (Words{"--features", "a,b", "--features", "c", "--features", "d", "--features", "e",
                   "--no-default-features", "--manifest-path", "x/Cargo.toml", "--config", "patch.crates-io.a.path='b'",
                   "--config", "c.toml", "--locked", "-Z", "unstable-options"}));
  EXPECT_EQ(read.targets, Words{"wasm32-wasip2"});
  EXPECT_EQ(read.packages, (Words{"one", "two"}));
  EXPECT_FALSE(read.whole_workspace);
}

TEST(CargoCommand, IsForTheComponentsTargetUnlessItSaysOtherwise) {
  EXPECT_EQ(read_cargo_build({"cargo", "build"}).targets, Words{"wasm32-wasip2"});
  EXPECT_TRUE(read_cargo_build({"cargo", "build", "--workspace", "--all-features"}).whole_workspace);
  EXPECT_TRUE(read_cargo_build({"cargo", "build", "--", "--locked"}).graph_options.empty());
}

TEST(CargoCommand, TakesAnOptionForNoOther) {
  const auto read = read_cargo_build({"cargo", "build", "--feature", "--target-dir", "x", "--packages"});
  EXPECT_TRUE(read.graph_options.empty());
  EXPECT_TRUE(read.packages.empty());
  EXPECT_EQ(read.targets, Words{"wasm32-wasip2"});
}

}  // namespace
}  // namespace faasta::cli
