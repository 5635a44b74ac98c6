#include "cli/project/existing_project.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/file.hpp"
#include "cli/client/private_server.hpp"
#include "cli/project/project_file.hpp"

namespace faasta::cli {
namespace {

using Files = std::map<std::string, std::string>;

std::optional<ExistingProject> found_in(const Files& files) {
  const auto folder = TemporaryFolder::make();
  EXPECT_TRUE(folder);
  for (const auto& [name, content] : files) {
    std::filesystem::create_directories((folder->path() / name).parent_path());
    EXPECT_TRUE(replace_file(folder->path() / name, content, 0600, Durable::no));
  }
  return find_existing(folder->path());
}

struct Case {
  Files files;
  std::string_view language;
  std::string_view seen;
};

TEST(ExistingProject, KnowsTheLanguageByItsFiles) {
  const std::vector<Case> cases = {
      {{{"Cargo.toml", ""}, {"package.json", "{}"}}, "rust", "Cargo.toml"},
      {{{"package.json", "{}"}}, "js", "package.json"},
      {{{"package.json", "not JSON"}}, "js", "package.json"},
      {{{"package.json", R"({"devDependencies": {"typescript": "7.0.2"}})"}}, "ts", "package.json"},
      {{{"package.json", "{}"}, {"tsconfig.json", "{}"}}, "ts", "package.json"},
      {{{"package.json", R"({"dependencies": {"@bytecodealliance/jco": "1"}})"}},
       "js",
       "package.json with @bytecodealliance/jco"},
      {{{"pyproject.toml", "[project]"}}, "python", "pyproject.toml"},
      {{{"requirements.txt", "componentize-py==0.25.1\n"}}, "python", "requirements.txt with componentize-py"},
      {{{"app.py", ""}}, "python", "app.py"},
      {{{"go.mod", "module x"}}, "go", "go.mod"},
      {{{"src/function.c", ""}}, "c", "src/function.c"},
      {{{"main.cpp", ""}, {"other.c", ""}}, "cpp", "main.cpp"},
  };
  for (const Case& one : cases) {
    const auto project = found_in(one.files);
    ASSERT_TRUE(project) << one.seen;
    EXPECT_EQ(project->language->name, one.language);
    EXPECT_EQ(project->seen, one.seen);
  }
  EXPECT_FALSE(found_in({{"README.md", ""}, {".git/config", ""}}));
}

TEST(ExistingProject, RemarksSayWhyAProjectIsNoFunctionYet) {
  const std::vector<std::pair<Files, std::string_view>> cases = {
      {{{"package.json", "{\n  \"name\": oops\n}"}}, "line 2 is not valid JSON"},
      {{{"package.json", "{"}}, "line 1 is not valid JSON"},
      {{{"package.json", "[]"}}, "not a JSON object"},
      {{{"package.json", R"({"dependencies": {"express": "5"}})"}}, "package.json names express"},
      {{{"requirements.txt", "Flask==3\n"}}, "requirements.txt names flask"},
      {{{"pyproject.toml", "dependencies = [\"fastapi\"]"}}, "--lang python"},
      {{{"go.mod", "require github.com/gin-gonic/gin v1.10.0"}}, "go.mod names github.com/gin-gonic/gin"},
  };
  for (const auto& [files, remark] : cases) {
    const auto project = found_in(files);
    ASSERT_TRUE(project) << remark;
    ASSERT_EQ(project->remarks.size(), 1U) << remark;
    EXPECT_TRUE(project->remarks.front().contains(remark)) << project->remarks.front();
  }
  EXPECT_TRUE(found_in({{"package.json", R"({"dependencies": {"hono": "4"}})"}})->remarks.empty());
}

TEST(ExistingProject, TheBuildScriptOfThePackageIsTheBuild) {
  const auto project =
      found_in({{"package.json", R"({"scripts": {"build": "jco componentize app.js --wit wit -o made/app.wasm"},
                             "devDependencies": {"@bytecodealliance/jco": "1"}})"}});
  ASSERT_TRUE(project);
  EXPECT_EQ(project->command, "npm run build");
  EXPECT_EQ(project->artifact, "made/app.wasm");
  const auto parsed = parse_project(project_file_text("hello", *project));
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->build_command, "npm run build");
  EXPECT_EQ(parsed->artifact, "made/app.wasm");
  EXPECT_EQ(parsed->recipe, nullptr);
}

TEST(ExistingProject, TheWrittenFileIsValidForEveryLanguage) {
  for (const Language& language : languages()) {
    const auto parsed = parse_project(project_file_text("hello", {&language, "", "", ""}));
    ASSERT_TRUE(parsed) << parsed.error().detail;
    EXPECT_EQ(parsed->build_command, language.command);
    EXPECT_EQ(parsed->artifact.value_or(""), language.artifact);
  }
}

TEST(ExistingProject, NamesTheSourcesThatTheBuildWouldMiss) {
  const auto folder = TemporaryFolder::make();
  ASSERT_TRUE(folder);
  const ExistingProject project{find_language("js"), "", "", ""};
  EXPECT_EQ(missing_sources(project, folder->path()), (std::vector<std::string>{"src/index.js", "wit"}));
  std::filesystem::create_directories(folder->path() / "wit");
  EXPECT_EQ(missing_sources(project, folder->path()), (std::vector<std::string>{"src/index.js"}));
}

}  // namespace
}  // namespace faasta::cli
