#include "cli/cargo_messages.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

std::string artifact(std::string_view manifest, std::string_view kind, std::string_view name,
                     std::string_view executable, std::string_view file) {
  const std::string program = executable.empty() ? "null" : "\"" + std::string(executable) + "\"";
  return R"({"reason":"compiler-artifact","manifest_path":")" + std::string(manifest) + R"(","target":{"kind":[")" +
         std::string(kind) + R"("],"name":")" + std::string(name) + R"("},"filenames":[")" + std::string(file) +
         R"("],"executable":)" + program + "}\n";
}

TEST(CargoMessages, TakeTheProgramOfTheRootPackage) {
  CargoMessages messages("/p/Cargo.toml", "hello");
  messages.feed(artifact("/dep/Cargo.toml", "lib", "dep", "", "/t/libdep.rlib"));
  messages.feed(artifact("/p/Cargo.toml", "bin", "hello", "/t/hello.wasm", "/t/hello.wasm"));
  messages.feed("{\"reason\":\"build-finished\",\"success\":true}\n");
  EXPECT_EQ(messages.artifact(), "/t/hello.wasm");
  EXPECT_TRUE(messages.other_lines().empty());
}

TEST(CargoMessages, TakeTheFileOfACdylib) {
  CargoMessages messages("/p/Cargo.toml", "my-fn");
  messages.feed(artifact("/p/Cargo.toml", "cdylib", "my_fn", "", "/t/my_fn.wasm"));
  EXPECT_EQ(messages.artifact(), "/t/my_fn.wasm");
}

TEST(CargoMessages, PreferTheProgramThatIsCalledAsTheFunction) {
  CargoMessages messages("/p/Cargo.toml", "hello");
  messages.feed(artifact("/p/Cargo.toml", "bin", "hello", "/t/hello.wasm", "/t/hello.wasm"));
  messages.feed(artifact("/p/Cargo.toml", "bin", "other", "/t/other.wasm", "/t/other.wasm"));
  messages.feed(artifact("/q/Cargo.toml", "bin", "hello", "/t/q.wasm", "/t/q.wasm"));
  EXPECT_EQ(messages.artifact(), "/t/hello.wasm");
}

TEST(CargoMessages, TakeAnotherPackageOfAWorkspaceIfTheRootHasNone) {
  CargoMessages messages("/p/Cargo.toml", "hello");
  messages.feed(artifact("/p/fn/Cargo.toml", "bin", "fn", "/t/fn.wasm", "/t/fn.wasm"));
  EXPECT_EQ(messages.artifact(), "/t/fn.wasm");
}

TEST(CargoMessages, DoNotCareHowTheBytesAreSplit) {
  CargoMessages messages("/p/Cargo.toml", "hello");
  for (const char c : artifact("/p/Cargo.toml", "bin", "hello", "/t/hello.wasm", "/t/hello.wasm"))
    messages.feed(std::string_view(&c, 1));
  EXPECT_EQ(messages.artifact(), "/t/hello.wasm");
}

TEST(CargoMessages, KeepLinesThatAreNoMessages) {
  CargoMessages messages("/p/Cargo.toml", "hello");
  messages.feed("plain text\n{\"reason\":3}\n");
  EXPECT_EQ(messages.other_lines(), (std::vector<std::string>{"plain text", "{\"reason\":3}"}));
  EXPECT_FALSE(messages.artifact());
}

TEST(CargoMessages, IgnoreFilesThatAreNotWasm) {
  CargoMessages messages("/p/Cargo.toml", "hello");
  messages.feed(artifact("/p/Cargo.toml", "bin", "hello", "/t/hello", "/t/hello"));
  messages.feed(artifact("/p/Cargo.toml", "custom-build", "build", "/t/b.wasm", "/t/b.wasm"));
  EXPECT_FALSE(messages.artifact());
}

TEST(TargetMissing, IsSeenInWhatRustcSaysEvenInColour) {
  EXPECT_TRUE(says_target_missing("error[E0463]: can't find crate for `core`\n"));
  EXPECT_TRUE(says_target_missing("\x1b[1m\x1b[91merror[E0463]\x1b[0m\x1b[1m: can't find crate for `std`\x1b[0m\n"));
  EXPECT_FALSE(says_target_missing("error[E0463]: can't find crate for `serde`\n"));
  EXPECT_FALSE(says_target_missing("error[E0308]: mismatched types\n"));
}

TEST(ShellWords, SplitAsAShellDoes) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(shell_words("cargo build  --release"), (Words{"cargo", "build", "--release"}));
  EXPECT_EQ(shell_words("cargo build --config 'a = \"b\"' x\\ y \"\""),
            (Words{"cargo", "build", "--config", "a = \"b\"", "x y", ""}));
  EXPECT_EQ(shell_words(""), Words{});
}

TEST(ShellWords, LeaveWhatNeedsAShellToOne) {
  EXPECT_FALSE(shell_words("cargo build && cp a b"));
  EXPECT_FALSE(shell_words("cargo build $ARGS"));
  EXPECT_FALSE(shell_words("cargo build \"$ARGS\""));
  EXPECT_FALSE(shell_words("cargo build 'open"));
  EXPECT_FALSE(shell_words("cargo build \\"));
}

TEST(IsCargoBuild, LooksAtTheFirstTwoWords) {
  EXPECT_TRUE(is_cargo_build({"cargo", "build", "--release"}));
  EXPECT_FALSE(is_cargo_build({"cargo", "component", "build"}));
  EXPECT_FALSE(is_cargo_build({"cargo"}));
}

}  // namespace
}  // namespace faasta::cli
