#include "cli/project/artifact_choice.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/file.hpp"
#include "cli/client/private_server.hpp"

namespace faasta::cli {
namespace {

/// The files, the files with a handler, and the function's name; then the chosen file, or the error's code.
struct Case {
  std::string name = "hello";
  std::vector<LinkedFile> files;
  std::set<std::string> handlers = {};
};

std::string chosen(const Case& given) {
  const Project project(*FunctionName::parse(given.name));
  const auto path = choose_artifact(project, given.files, "/p/Cargo.toml",
                                    [&](const auto& file) { return given.handlers.contains(file.string()); });
  return path ? path->string() : path.error().id;
}

TEST(ArtifactChoice, TakesTheOnlyFile) {
  EXPECT_EQ(chosen({.files = {{"/t/other.wasm", "other", "/q/Cargo.toml"}}}), "/t/other.wasm");
  EXPECT_EQ(chosen({}), "F0706");
}

TEST(ArtifactChoice, TakesTheFileThatIsCalledLikeTheFunctionWhereverItIs) {
  const std::vector<LinkedFile> files = {{"/t/admin.wasm", "admin", "/w/admin/Cargo.toml"},
                                         {"/t/hello.wasm", "hello", "/w/hello/Cargo.toml"},
                                         {"/t/zebra.wasm", "zebra", "/w/zebra/Cargo.toml"}};
  EXPECT_EQ(chosen({.files = files, .handlers = {"/t/admin.wasm", "/t/hello.wasm", "/t/zebra.wasm"}}), "/t/hello.wasm");
  EXPECT_EQ(chosen({.files = {files[2], files[1], files[0]}}), "/t/hello.wasm");
}

TEST(ArtifactChoice, ComparesNamesAsCargoMakesThem) {
  EXPECT_EQ(chosen({.name = "my-fn",
                    .files = {{"/t/my_fn.wasm", "my_fn", "/w/Cargo.toml"}, {"/t/z.wasm", "z", "/w/Cargo.toml"}}}),
            "/t/my_fn.wasm");
}

TEST(ArtifactChoice, TakesTheOnlyOneWithAHandler) {
  const std::vector<LinkedFile> files = {{"/t/a.wasm", "a", "/p/Cargo.toml"}, {"/t/b.wasm", "b", "/q/Cargo.toml"}};
  EXPECT_EQ(chosen({.files = files, .handlers = {"/t/b.wasm"}}), "/t/b.wasm");
}

TEST(ArtifactChoice, TakesTheOnlyOneOfTheProjectsOwnPackage) {
  const std::vector<LinkedFile> files = {{"/t/a.wasm", "a", "/p/Cargo.toml"}, {"/t/b.wasm", "b", "/q/Cargo.toml"}};
  EXPECT_EQ(chosen({.files = files, .handlers = {"/t/a.wasm", "/t/b.wasm"}}), "/t/a.wasm");
}

TEST(ArtifactChoice, NeverGuesses) {
  const std::vector<LinkedFile> files = {{"/t/a.wasm", "a", "/q/Cargo.toml"}, {"/t/b.wasm", "b", "/r/Cargo.toml"}};
  EXPECT_EQ(chosen({.files = files, .handlers = {"/t/a.wasm", "/t/b.wasm"}}), "F0706");
  EXPECT_EQ(chosen({.files = files}), "F0706");
  // Two targets of `cargo build` make the same program twice.
  EXPECT_EQ(
      chosen({.files = {{"/t/p1/hello.wasm", "hello", "/q/Cargo.toml"}, {"/t/p2/hello.wasm", "hello", "/q/Cargo.toml"}},
              .handlers = {"/t/p1/hello.wasm", "/t/p2/hello.wasm"}}),
      "F0706");
}

TEST(ArtifactChoice, WantsTheArtifactToBeOfThisBuild) {
  const auto folder = std::move(*TemporaryFolder::make());
  const std::string made = folder.path() / "made.wasm";
  const std::string copy = folder.path() / "copy.wasm";
  const std::string old = folder.path() / "old.wasm";
  ASSERT_TRUE(replace_file(made, "new", 0600, Durable::no));
  ASSERT_TRUE(replace_file(copy, "new", 0600, Durable::no));
  ASSERT_TRUE(replace_file(old, "old", 0600, Durable::no));
  Project project(*FunctionName::parse("hello"));
  const auto choose = [&](const std::string& artifact) {
    project.artifact = artifact;
    const auto path =
        choose_artifact(project, {{made, "hello", "/p/Cargo.toml"}}, "/p/Cargo.toml", [](const auto&) { return true; });
    return path ? path->string() : path.error().detail;
  };
  EXPECT_EQ(choose(made), made);
  EXPECT_EQ(choose(copy), copy);
  EXPECT_EQ(choose(old), "`[build] artifact` is an older file: " + old + "\ncargo wrote:\n" + made);
  EXPECT_EQ(choose("nothere"), "`[build] artifact` is not there: nothere\ncargo wrote:\n" + made);
}

}  // namespace
}  // namespace faasta::cli
