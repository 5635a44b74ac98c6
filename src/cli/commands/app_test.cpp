#include "cli/commands/app.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace faasta::cli {
namespace {

struct Ran {
  int exit_code;
  std::string out;
  std::string err;
};

Ran run(std::vector<std::string> words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int exit_code = run_cli(static_cast<int>(words.size()), pointers.data());
  static_cast<void>(std::fflush(stdout));
  return {exit_code, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

TEST(CommandLine, DropsTheWordThatCargoAdds) {
  std::string program = "/usr/bin/cargo-faasta";
  std::string first = "faasta";
  std::string second = "faasta";
  char* words[] = {program.data(), first.data(), second.data(), nullptr};
  EXPECT_EQ(command_line(3, words), std::vector<std::string>{"faasta"});
  program = "/usr/bin/faasta";
  EXPECT_EQ(command_line(3, words), (std::vector<std::string>{"faasta", "faasta"}));
}

TEST(Cli, RunsAsACargoCommand) {
  const Ran ran = run({"cargo-faasta", "faasta", "version"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, "faasta " FAASTA_VERSION "\n");
}

TEST(Cli, TakesGlobalOptionsBeforeAndAfterTheCommand) {
  const std::string expected = "{\"version\":\"" FAASTA_VERSION "\"}\n";
  EXPECT_EQ(run({"faasta", "--json", "version"}).out, expected);
  EXPECT_EQ(run({"faasta", "version", "--json"}).out, expected);
}

TEST(Cli, TakesFlagsFromTheEnvironment) {
  ::setenv("FAASTA_JSON", "1", 1);
  const Ran ran = run({"faasta", "version"});
  ::unsetenv("FAASTA_JSON");
  EXPECT_EQ(ran.out, "{\"version\":\"" FAASTA_VERSION "\"}\n");
}

TEST(Cli, TakesNoVariableOfAnotherCommand) {
  ::setenv("FAASTA_PORT", "not a port", 1);
  const Ran ran = run({"faasta", "version"});
  ::unsetenv("FAASTA_PORT");
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
}

TEST(Cli, SuggestsTheCommandThatWasMeant) {
  const Ran ran = run({"faasta", "deplyo"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(ran.err.starts_with("error[F0701]: The command line is not valid\n")) << ran.err;
  EXPECT_NE(ran.err.find("did you mean `faasta deploy`?"), std::string::npos) << ran.err;
}

TEST(Cli, NamesTheHelpOfTheCommandThatWasMisused) {
  const Ran ran = run({"faasta", "deploy", "--nonsense"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_NE(ran.err.find("fix: See `faasta help deploy`"), std::string::npos) << ran.err;
}

TEST(Cli, WritesErrorsAsJsonToo) {
  const Ran ran = run({"faasta", "explain", "F9999", "--json"});
  EXPECT_EQ(ran.exit_code, 4);
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(ran.err.starts_with("{\"code\":\"F0714\"")) << ran.err;
}

TEST(Cli, ShowsItsHelpWhenNoCommandIsGiven) {
  const Ran ran = run({"faasta"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_NE(ran.err.find("deploy"), std::string::npos);
}

TEST(Cli, ExplainsACode) {
  const Ran ran = run({"faasta", "explain", "f0404"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_TRUE(ran.out.starts_with("F0404 component_core_module\n")) << ran.out;
  EXPECT_EQ(run({"faasta", "explain", "404"}).out, ran.out);
  EXPECT_EQ(run({"faasta", "explain", "component_core_module"}).out, ran.out);
}

TEST(Cli, PrintsACompletionScriptForEveryShell) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const Ran ran = run({"faasta", "completion", shell});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_NE(ran.out.find("__complete"), std::string::npos) << "the script asks the program";
  }
  EXPECT_EQ(run({"faasta", "completion", "tcsh"}).exit_code, 2);
}

TEST(Cli, SaysThatTheServerCannotBeReached) {
  const Ran ran = run({"faasta", "whoami", "--server", "http://127.0.0.1:1", "--token", "t"});
  EXPECT_EQ(ran.exit_code, 9);
  EXPECT_TRUE(ran.err.starts_with("error[F0708]: The server cannot be reached\n")) << ran.err;
}

TEST(Cli, NeverAsksWhereNobodyCanAnswer) {
  const Ran ran = run({"faasta", "delete", "hello", "--no-input", "--server", "http://127.0.0.1:1", "--token", "t"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_TRUE(ran.err.starts_with("error[F0712]")) << ran.err;
}

TEST(Cli, RefusesANameBeforeItAsksTheServer) {
  EXPECT_EQ(run({"faasta", "status", "No_Name"}).exit_code, 2);
  EXPECT_EQ(run({"faasta", "new", "api"}).exit_code, 7);
}

TEST(Cli, SaysHowToDoWithoutAPersonWhoSignsIn) {
  const Ran ran = run({"faasta", "login", "--no-input"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_NE(ran.err.find("faasta login --with-token"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace faasta::cli
