#include "base/process_starter.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace faasta {
namespace {

class ProcessStarterTest : public testing::Test {
 protected:
  /// A program of /bin/sh that runs the script in its second argument.
  static StartableProgram shell(std::string name) {
    return {.name = std::move(name),
            .path = "/bin/sh",
            .environment = std::vector<std::string>{"ONE=1", "TWO=2"},
            .allows = [](std::span<const std::string> arguments) { return arguments.size() == 2; }};
  }
  /// Runs a script. Returns its output and, after a newline, its exit status.
  static std::string run(const ProcessStarter& starter, std::string_view name, const std::string& script) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const FileDescriptor read_end(ends[0]);
    FileDescriptor write_end(ends[1]);
    const auto pid = starter.start(name, std::array<std::string, 2>{"-c", script}, write_end.get());
    write_end = FileDescriptor();
    if (!pid) return pid.error().detail;
    std::string out;
    std::array<char, 4096> bytes{};
    for (ssize_t got = 0; (got = ::read(read_end.get(), bytes.data(), bytes.size())) > 0;)
      out.append(bytes.data(), static_cast<std::size_t>(got));
    int status = 0;
    EXPECT_EQ(::waitpid(*pid, &status, 0), *pid) << "it is a child of this process";
    return out + "\n" + std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  }
};

TEST_F(ProcessStarterTest, AProgramIsAChildOfThisProcess) {
  const auto starter = ProcessStarter::open({shell("sh")}).value();
  EXPECT_EQ(run(*starter, "sh", "echo $PPID"), std::to_string(::getpid()) + "\n\n0");
  EXPECT_EQ(run(*starter, "sh", "exit 7"), "\n7");
  EXPECT_EQ(run(*starter, "sh", "cat; ls /proc/$$/fd | tr '\\n' ' '; exec >&-"), "0 1 2 \n0") << "no other descriptor";
}

TEST_F(ProcessStarterTest, ItHasTheEnvironmentOfItsKind) {
  StartableProgram own = shell("own");
  own.environment.reset();
  ASSERT_EQ(::setenv("FAASTA_OF_THIS_PROCESS", "yes", 1), 0);
  const auto starter = ProcessStarter::open({shell("sh"), own}).value();
  EXPECT_EQ(run(*starter, "sh", "echo $ONE$TWO$FAASTA_OF_THIS_PROCESS"), "12\n\n0");
  EXPECT_EQ(run(*starter, "own", "echo $ONE$TWO$FAASTA_OF_THIS_PROCESS"), "yes\n\n0");
}

TEST_F(ProcessStarterTest, OnlyWhatIsAllowedIsStarted) {
  const auto starter = ProcessStarter::open({shell("sh")}).value();
  const auto refused = starter->start("sh", std::array<std::string, 1>{"-i"}, STDERR_FILENO);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("Operation not permitted"), std::string::npos) << refused.error().detail;
  EXPECT_FALSE(starter->start("bash", {}, STDERR_FILENO));
  EXPECT_FALSE(starter->start("sh", std::array<std::string, 2>{"-c", std::string(40'000, ' ')}, STDERR_FILENO));
  EXPECT_EQ(run(*starter, "sh", "echo next"), "next\n\n0");
}

TEST_F(ProcessStarterTest, AProgramThatIsNotThereIsAnErrorAndLeavesNoProcess) {
  StartableProgram none = shell("none");
  none.path = "/nothing/here";
  const auto starter = ProcessStarter::open({none}).value();
  EXPECT_NE(run(*starter, "none", "").find("No such file"), std::string::npos);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), 0) << "the starter is the only child";
}

TEST_F(ProcessStarterTest, SignalsAreAsTheProgramWantsThem) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  StartableProgram plain = shell("plain");
  plain.default_signals = true;
  const auto starter = ProcessStarter::open({shell("sh"), plain}).value();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(run(*starter, "sh", "kill $$; exit 3"), "\n3");
  EXPECT_EQ(run(*starter, "plain", "kill $$; exit 3"), "\n-1");
}

TEST_F(ProcessStarterTest, ALostStarterIsAnError) {
  const auto starter = ProcessStarter::open({shell("sh")}).value();
  const std::string parent = run(*starter, "sh", "cat /proc/$PPID/task/*/children");
  ASSERT_EQ(::kill(std::stoi(parent), SIGKILL), 0) << parent;
  EXPECT_NE(run(*starter, "sh", "echo no"), "no\n\n0");
}

}  // namespace
}  // namespace faasta
