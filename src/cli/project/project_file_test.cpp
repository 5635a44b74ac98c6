#include "cli/project/project_file.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

Error error_of(std::string_view text) {
  const auto project = parse_project(text);
  EXPECT_FALSE(project) << text;
  return project ? Error{Code::io_error, ""} : project.error();
}

TEST(ProjectFile, NeedsOnlyAName) {
  const auto project = parse_project("name = \"hello\"\n");
  ASSERT_TRUE(project);
  EXPECT_EQ(project->name.str(), "hello");
  EXPECT_EQ(project->build_command, "cargo build --release --target wasm32-wasip2");
  EXPECT_FALSE(project->artifact);
  EXPECT_TRUE(project->settings.outbound.empty());
}

TEST(ProjectFile, ReadsEveryKey) {
  const auto project = parse_project(R"(name = "hello"
[build]
command = "make"
artifact = "out/hello.wasm"
[limits]
cpu_ms = 50
timeout_ms = 30000
memory_mb = 128
[allow]
outbound = ["https://api.example.com"]
)");
  ASSERT_TRUE(project);
  EXPECT_EQ(project->build_command, "make");
  EXPECT_EQ(project->artifact, "out/hello.wasm");
  EXPECT_EQ(project->limits[0]->units, 50);
  EXPECT_EQ(project->limits[0]->place, "faasta.toml:6:10: ");
  EXPECT_EQ(project->limits[1]->units, 30000);
  EXPECT_EQ(project->limits[2]->units, 128);
  EXPECT_EQ(project->settings.outbound, std::vector<std::string>{"https://api.example.com"});
}

TEST(ProjectFile, SuggestsTheKeyThatWasMeant) {
  const Error error = error_of("name = \"hello\"\n[limits]\n  cpu_m = 50\n");
  EXPECT_EQ(error.code, Code::project_invalid);
  EXPECT_EQ(error.detail, "faasta.toml:3:3: unknown key `limits.cpu_m`; did you mean `limits.cpu_ms`?");
}

TEST(ProjectFile, SuggestsTheKeyThatWasBegun) {
  EXPECT_EQ(error_of("name = \"hello\"\n[limits]\ncpu = 50\n").detail,
            "faasta.toml:3:1: unknown key `limits.cpu`; did you mean `limits.cpu_ms`?");
}

TEST(ProjectFile, SuggestsTheTableThatWasMeant) {
  EXPECT_EQ(error_of("name = \"hello\"\n[biuld]\ncommand = \"x\"\n").detail,
            "faasta.toml:2:2: unknown key `biuld`; did you mean `build`?");
}

TEST(ProjectFile, SuggestsNothingForAKeyThatIsFarFromAll) {
  EXPECT_EQ(error_of("name = \"hello\"\nzzzzzz = 1\n").detail, "faasta.toml:2:1: unknown key `zzzzzz`");
}

TEST(ProjectFile, SaysWhereATypeIsWrong) {
  EXPECT_EQ(error_of("name = \"hello\"\n[limits]\ncpu_ms = \"50\"\n").detail,
            "faasta.toml:3:10: `limits.cpu_ms` must be a whole number, 1 or more");
  EXPECT_EQ(error_of("name = \"hello\"\n[limits]\ncpu_ms = 0\n").detail,
            "faasta.toml:3:10: `limits.cpu_ms` must be a whole number, 1 or more");
  EXPECT_EQ(error_of("name = 3\n").detail, "faasta.toml:1:8: `name` must be a text in quotes");
  EXPECT_EQ(error_of("name = \"hello\"\nbuild = 3\n").detail, "faasta.toml:2:9: `build` must be a table: [build]");
  EXPECT_EQ(error_of("name = \"hello\"\n[allow]\noutbound = \"https://a.example\"\n").detail,
            "faasta.toml:3:12: `allow.outbound` must be a list of origins such as \"https://api.example.com\"");
  EXPECT_EQ(
      error_of("name = \"hello\"\n[allow]\noutbound = [\"a.example\"]\n").detail,
      "faasta.toml:3:13: `allow.outbound`: 'a.example' is not an origin: it does not begin with https:// or http://; "
      "an origin looks like \"https://api.example.com\"");
  EXPECT_EQ(
      error_of("name = \"hello\"\n[allow]\noutbound = [\"https://a.example\",\n  \"https://*.b.example\"]\n").detail,
      "faasta.toml:4:3: `allow.outbound`: 'https://*.b.example' is not an origin: there are no wildcards; list each "
      "host; an origin looks like \"https://api.example.com\"");
  EXPECT_EQ(error_of("name = \"hello\"\n[allow]\noutbound = [3]\n").detail,
            "faasta.toml:3:13: `allow.outbound` must hold origins such as \"https://api.example.com\"");
}

TEST(ProjectFile, SaysWhereTheSyntaxIsWrong) {
  const Error error = error_of("name = \"hello\"\nname = \n");
  EXPECT_EQ(error.code, Code::project_invalid);
  EXPECT_TRUE(error.detail.starts_with("faasta.toml:2:")) << error.detail;
}

TEST(ProjectFile, SaysThatTheNameIsMissing) {
  EXPECT_EQ(error_of("[build]\ncommand = \"make\"\n").detail, "faasta.toml: `name` is missing");
}

TEST(ProjectFile, RefusesANameThatIsNoFunctionName) {
  EXPECT_EQ(error_of("name = \"Hello\"\n").code, Code::invalid_name);
}

TEST(ProjectFile, IsMissedWhereThereIsNone) {
  const auto project = load_project("no-such-folder");
  ASSERT_FALSE(project);
  EXPECT_EQ(project.error().code, Code::no_project);
}

TEST(ParseProject, ALanguageIsABuild) {
  const auto project = parse_project("name = \"hello\"\n[build]\nlanguage = \"c\"\n");
  ASSERT_TRUE(project) << project.error().detail;
  EXPECT_EQ(project->recipe, find_language("c"));
  EXPECT_EQ(project->build_command, find_language("c")->command);
  EXPECT_EQ(project->artifact, "dist/function.wasm");
}

TEST(ParseProject, ACommandTakesThePlaceOfTheLanguage) {
  const auto project = parse_project("name = \"hello\"\n[build]\ncommand = \"make\"\nlanguage = \"c\"\n");
  ASSERT_TRUE(project) << project.error().detail;
  EXPECT_EQ(project->recipe, nullptr);
  EXPECT_EQ(project->build_command, "make");
  EXPECT_EQ(project->artifact, "dist/function.wasm") << "still the place of the language";
}

TEST(ParseProject, AnUnknownLanguageIsNamedWithItsPlace) {
  const auto project = parse_project("name = \"hello\"\n[build]\nlanguage = \"cobol\"\n");
  ASSERT_FALSE(project);
  EXPECT_EQ(project.error().detail,
            "faasta.toml:3:12: `build.language`: there is no language \"cobol\"; there are rust, rust-axum, js, ts, "
            "python, go, "
            "c, cpp");
}

}  // namespace
}  // namespace faasta::cli
