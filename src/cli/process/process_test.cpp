#include "cli/process/process.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace faasta::cli {
namespace {

TEST(Process, GivesBothOutputsAndTheExitCode) {
  auto child = Process::start({"sh", "-c", "echo out; echo err >&2; exit 3"}, Process::Stdout::pipe);
  ASSERT_TRUE(child);
  std::string out;
  std::string err;
  child->pump([&](std::string_view bytes) { out += bytes; }, [&](std::string_view bytes) { err += bytes; });
  EXPECT_EQ(child->wait(), 3);
  EXPECT_EQ(out, "out\n");
  EXPECT_EQ(err, "err\n");
}

TEST(Process, DoesNotWaitForWhatAProgramLeavesInTheBackground) {
  auto child = Process::start({"sh", "-c", "sleep 600 & echo $!"}, Process::Stdout::pipe);
  ASSERT_TRUE(child);
  std::string out;
  child->pump([&](std::string_view bytes) { out += bytes; }, [](std::string_view) {}, nullptr, Process::Until::ended);
  EXPECT_EQ(child->wait(), 0);
  ASSERT_FALSE(out.empty());
  EXPECT_EQ(::kill(std::stoi(out), SIGKILL), 0) << "it still runs, and keeps the pipes";
}

TEST(Process, SaysThatAProgramIsMissing) {
  const auto child = Process::start({"no-such-program-anywhere"}, Process::Stdout::pipe);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, Code::tool_missing);
}

TEST(Process, ReadsStderrUntilTheLineThatIsWaitedFor) {
  auto child = Process::start({"sh", "-c", "echo ready >&2; exec cat"}, Process::Stdout::pipe);
  ASSERT_TRUE(child);
  std::string seen;
  EXPECT_TRUE(child->read_stderr_until([&](std::string_view bytes) { return (seen += bytes) == "ready\n"; }, 10));
}

TEST(Process, IsStopped) {
  auto child = Process::start({"sleep", "100"}, Process::Stdout::inherit);
  ASSERT_TRUE(child);
  EXPECT_TRUE(child->running());
  child->stop(5);
  EXPECT_FALSE(child->running());
  EXPECT_EQ(child->wait(), 128 + 15);
}

}  // namespace
}  // namespace faasta::cli
