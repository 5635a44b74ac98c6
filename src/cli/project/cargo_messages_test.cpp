#include "cli/project/cargo_messages.hpp"

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

std::vector<std::string> paths(const CargoMessages& messages) {
  std::vector<std::string> out;
  for (const LinkedFile& file : messages.linked()) out.push_back(file.path);
  return out;
}

using Paths = std::vector<std::string>;

TEST(CargoMessages, KeepTheLinkedFilesOfAllPackages) {
  CargoMessages messages;
  messages.feed(artifact("/dep/Cargo.toml", "lib", "dep", "", "/t/libdep.rlib"));
  messages.feed(artifact("/p/Cargo.toml", "bin", "hello", "/t/hello.wasm", "/t/hello.wasm"));
  messages.feed(artifact("/q/Cargo.toml", "cdylib", "my_fn", "", "/t/my_fn.wasm"));
  messages.feed(artifact("/q/Cargo.toml", "example", "show", "/t/examples/show.wasm", "/t/examples/show.wasm"));
  messages.feed("{\"reason\":\"build-finished\",\"success\":true}\n");
  EXPECT_EQ(paths(messages), (Paths{"/t/hello.wasm", "/t/my_fn.wasm", "/t/examples/show.wasm"}));
  EXPECT_EQ(messages.linked()[1].target, "my_fn");
  EXPECT_EQ(messages.linked()[1].manifest, "/q/Cargo.toml");
  EXPECT_TRUE(messages.other_lines().empty());
}

TEST(CargoMessages, NameAFileOnce) {
  CargoMessages messages;
  for (int i = 0; i < 2; ++i) messages.feed(artifact("/p/Cargo.toml", "cdylib", "fn", "", "/t/fn.wasm"));
  EXPECT_EQ(paths(messages), Paths{"/t/fn.wasm"});
}

TEST(CargoMessages, DoNotCareHowTheBytesAreSplit) {
  CargoMessages messages;
  for (const char c : artifact("/p/Cargo.toml", "bin", "hello", "/t/hello.wasm", "/t/hello.wasm"))
    messages.feed(std::string_view(&c, 1));
  EXPECT_EQ(paths(messages), Paths{"/t/hello.wasm"});
}

TEST(CargoMessages, KeepLinesThatAreNoMessages) {
  CargoMessages messages;
  messages.feed("plain text\n{\"reason\":3}\n");
  EXPECT_EQ(messages.other_lines(), (std::vector<std::string>{"plain text", "{\"reason\":3}"}));
  EXPECT_TRUE(messages.linked().empty());
}

TEST(CargoMessages, IgnoreFilesThatAreNotWasm) {
  CargoMessages messages;
  messages.feed(artifact("/p/Cargo.toml", "bin", "hello", "/t/hello", "/t/hello"));
  messages.feed(artifact("/p/Cargo.toml", "custom-build", "build", "/t/b.wasm", "/t/b.wasm"));
  EXPECT_TRUE(messages.linked().empty());
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
  EXPECT_TRUE(is_cargo_build({"cargo", "b"}));
  EXPECT_FALSE(is_cargo_build({"cargo", "component", "build"}));
  EXPECT_FALSE(is_cargo_build({"cargo"}));
}

}  // namespace
}  // namespace faasta::cli
