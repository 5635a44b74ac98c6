#include "supervisor/supervision.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <deque>
#include <string>
#include <utility>

namespace faasta::supervisor {
namespace {

using std::chrono::seconds;

/// Records the actions of the rules as texts: "start 1", "15 to 1" (signal 15 to process 1), "notify READY=1".
class Script final : public Actions {
 public:
  std::optional<pid_t> start(bool takes_over) override {
    if (refuse_starts > 0) {
      --refuse_starts;
      done.emplace_back("start refused");
      return std::nullopt;
    }
    done.push_back((takes_over ? "take over " : "start ") + std::to_string(++last));
    return last;
  }
  void send(pid_t process, int signal) override {
    done.push_back(std::to_string(signal) + " to " + std::to_string(process));
  }
  void notify(std::string_view lines) override {
    done.push_back("notify " + std::string(lines.substr(0, lines.find('\n'))));
  }
  void log(std::string_view event, std::string_view /*detail*/, pid_t /*process*/) override {
    logged.emplace_back(event);
  }

  std::deque<std::string> taken() { return std::exchange(done, {}); }

  pid_t last = 0;
  int refuse_starts = 0;
  std::deque<std::string> done;
  std::deque<std::string> logged;
};

using Done = std::deque<std::string>;

class SupervisionTest : public testing::Test {
 protected:
  void serve() {
    supervision.replace(now);
    supervision.on_message(script.last, "READY=1\n", now);
    script.taken();
  }

  Time now{};
  Script script;
  Supervision supervision{script};
};

TEST_F(SupervisionTest, TheFirstServerMakesTheServiceReady) {
  supervision.replace(now);
  EXPECT_EQ(script.taken(), Done{"start 1"});
  supervision.on_message(1, "STATUS=x\nREADY=1\n", now);
  EXPECT_EQ(script.taken(), (Done{"notify EXTEND_TIMEOUT_USEC=90000000", "notify READY=1"}));
  EXPECT_FALSE(supervision.wake_at());
}

TEST_F(SupervisionTest, TheOldServerStopsOnlyWhenTheNewOneIsReady) {
  serve();
  supervision.replace(now);
  EXPECT_EQ(script.taken(), (Done{"notify RELOADING=1", "take over 2"}));
  supervision.on_message(2, "STATUS=reads\n", now);
  EXPECT_EQ(script.taken(), Done{});
  supervision.on_message(2, "READY=1\n", now);
  EXPECT_EQ(script.taken(), (Done{"15 to 1", "notify READY=1"}));
  supervision.on_exit(1, "exit 0", now);
  EXPECT_EQ(script.taken(), Done{});
  EXPECT_EQ(supervision.servers(), (std::vector<Server>{{2, Server::State::serving, {}}}));
}

TEST_F(SupervisionTest, AReplacementThatDiesLeavesTheOldServer) {
  serve();
  supervision.replace(now);
  script.taken();
  supervision.on_exit(2, "exit 1", now);
  EXPECT_EQ(script.taken(), Done{"notify READY=1"});
  EXPECT_EQ(supervision.servers(), (std::vector<Server>{{1, Server::State::serving, {}}}));
  EXPECT_EQ(script.logged.back(), "server_did_not_start");
}

TEST_F(SupervisionTest, AReplacementThatCannotBeStartedLeavesTheOldServer) {
  serve();
  script.refuse_starts = 1;
  supervision.replace(now);
  EXPECT_EQ(script.taken(), (Done{"notify RELOADING=1", "start refused", "notify READY=1"}));
  EXPECT_FALSE(supervision.ended());
}

TEST_F(SupervisionTest, AServerThatSaysNothingWhileItStartsIsKilled) {
  serve();
  supervision.replace(now);
  supervision.on_message(2, "STATUS=compiles\n", now + seconds(50));  // it makes progress
  supervision.on_time(now + seconds(100));
  script.taken();
  ASSERT_EQ(supervision.wake_at(), now + seconds(110));
  supervision.on_time(now + seconds(110));
  EXPECT_EQ(script.taken(), Done{"9 to 2"});
  supervision.on_exit(2, "signal 9", now + seconds(110));
  EXPECT_EQ(supervision.servers(), (std::vector<Server>{{1, Server::State::serving, {}}}));
}

TEST_F(SupervisionTest, ACrashStartsAnotherServerAtOnce) {
  serve();
  supervision.on_exit(1, "signal 11", now);
  EXPECT_EQ(script.taken(), (Done{"notify WATCHDOG=1", "start 2"}));
}

/// After a crash, the next server may compile for minutes before it serves.
TEST_F(SupervisionTest, SystemdHearsOfTheServerThatStartsAfterACrash) {
  serve();
  supervision.on_exit(1, "signal 11", now);
  script.taken();
  supervision.on_message(2, "STATUS=compiles\n", now + seconds(10));
  EXPECT_EQ(script.taken(), Done{"notify WATCHDOG=1"});
  script.refuse_starts = 1;
  supervision.on_exit(2, "exit 1", now + seconds(11));
  EXPECT_EQ(script.taken(), (Done{"notify WATCHDOG=1", "start refused"}));
  supervision.on_time(*supervision.wake_at());
  EXPECT_EQ(script.taken(), (Done{"notify WATCHDOG=1", "start 3"}));
  supervision.on_message(3, "READY=1\n", now + seconds(13));
  script.taken();
  supervision.on_message(3, "WATCHDOG=1\n", now + seconds(14));
  EXPECT_EQ(script.taken(), Done{"notify WATCHDOG=1"});
}

TEST_F(SupervisionTest, ACrashWhileAReplacementStartsWaitsForThat) {
  serve();
  supervision.replace(now);
  script.taken();
  supervision.on_exit(1, "signal 11", now);
  EXPECT_EQ(script.taken(), Done{});
  supervision.on_message(2, "READY=1\n", now);
  EXPECT_EQ(script.taken(), Done{"notify READY=1"});
}

TEST_F(SupervisionTest, AfterManyCrashesTheNextStartWaits) {
  serve();
  for (int i = 0; i < 5; ++i) {
    supervision.on_exit(script.last, "signal 11", now);
    EXPECT_FALSE(supervision.servers().empty());
  }
  script.taken();
  supervision.on_exit(script.last, "signal 11", now);
  EXPECT_EQ(script.taken(), Done{});
  ASSERT_EQ(supervision.wake_at(), now + seconds(1));
  supervision.on_time(now + seconds(1));
  EXPECT_EQ(script.taken(), (Done{"notify WATCHDOG=1", "start 7"}));
  // An hour later, a crash counts as the first crash.
  supervision.on_message(7, "READY=1\n", now + seconds(2));
  script.taken();
  supervision.on_exit(7, "signal 11", now + seconds(3600));
  EXPECT_EQ(script.taken(), (Done{"notify WATCHDOG=1", "start 8"}));
}

TEST_F(SupervisionTest, AFirstServerThatDoesNotStartEndsTheSupervisor) {
  supervision.replace(now);
  EXPECT_FALSE(supervision.ended());
  supervision.on_exit(1, "exit 1", now);
  EXPECT_TRUE(supervision.ended());
  EXPECT_TRUE(supervision.failed());
}

TEST_F(SupervisionTest, AFirstServerThatCannotBeStartedEndsTheSupervisor) {
  script.refuse_starts = 1;
  supervision.replace(now);
  EXPECT_TRUE(supervision.ended() && supervision.failed());
}

TEST_F(SupervisionTest, AWishDuringAStartIsKept) {
  serve();
  supervision.replace(now);
  supervision.replace(now);
  supervision.replace(now);
  script.taken();
  supervision.on_message(2, "READY=1\n", now);
  EXPECT_EQ(script.taken(), (Done{"15 to 1", "notify READY=1", "notify RELOADING=1", "take over 3"}));
  supervision.on_message(3, "READY=1\n", now);
  EXPECT_EQ(script.taken(), (Done{"15 to 2", "notify READY=1"}));
}

TEST_F(SupervisionTest, AWishDuringAStartThatFailsIsTriedAgain) {
  serve();
  supervision.replace(now);
  supervision.replace(now);
  script.taken();
  supervision.on_exit(2, "exit 1", now);
  EXPECT_EQ(script.taken(), (Done{"notify READY=1", "notify RELOADING=1", "take over 3"}));
}

TEST_F(SupervisionTest, AStopEndsAllServersAndASecondKillsThem) {
  serve();
  supervision.replace(now);
  script.taken();
  supervision.stop(now);
  EXPECT_EQ(script.taken(), (Done{"notify STOPPING=1", "15 to 1", "15 to 2"}));
  supervision.on_message(2, "READY=1\n", now);
  supervision.on_exit(1, "exit 0", now);
  EXPECT_EQ(script.taken(), Done{});
  EXPECT_FALSE(supervision.ended());
  supervision.stop(now);
  EXPECT_EQ(script.taken(), Done{"9 to 2"});
  supervision.on_exit(2, "signal 9", now);
  EXPECT_TRUE(supervision.ended());
  EXPECT_FALSE(supervision.failed());
}

TEST_F(SupervisionTest, NothingIsStartedAfterAStop) {
  serve();
  supervision.stop(now);
  script.taken();
  supervision.replace(now);
  supervision.on_exit(1, "signal 11", now);
  EXPECT_EQ(script.taken(), Done{});
  EXPECT_TRUE(supervision.ended());
}

TEST_F(SupervisionTest, AServerThatDoesNotEndIsKilled) {
  serve();
  supervision.replace(now);
  supervision.on_message(2, "READY=1\n", now);
  script.taken();
  ASSERT_EQ(supervision.wake_at(), now + kDrainTime);
  supervision.on_time(now + kDrainTime);
  EXPECT_EQ(script.taken(), Done{"9 to 1"});
  EXPECT_FALSE(supervision.wake_at());
}

TEST_F(SupervisionTest, AServerThatSomebodyElseStopsIsReplacedAtOnce) {
  serve();
  supervision.on_message(1, "STOPPING=1\n", now);
  EXPECT_EQ(script.taken(), (Done{"notify WATCHDOG=1", "start 2"}));
  supervision.on_message(2, "READY=1\n", now);
  EXPECT_EQ(script.taken(), Done{"notify READY=1"});
  supervision.on_exit(1, "exit 0", now);
  EXPECT_EQ(supervision.servers(), (std::vector<Server>{{2, Server::State::serving, {}}}));
}

TEST_F(SupervisionTest, AfterACrashAServerThatCannotBeStartedIsTriedAgain) {
  serve();
  script.refuse_starts = 1;
  supervision.on_exit(1, "signal 11", now);
  EXPECT_EQ(script.taken(), (Done{"notify WATCHDOG=1", "start refused"}));
  EXPECT_FALSE(supervision.ended());
  supervision.on_time(*supervision.wake_at());
  EXPECT_EQ(script.taken(), (Done{"notify WATCHDOG=1", "start 2"}));
}

TEST_F(SupervisionTest, AWatchdogSignOfTheServingServerGoesOn) {
  serve();
  supervision.replace(now);
  script.taken();
  supervision.on_message(2, "WATCHDOG=1\n", now);
  EXPECT_EQ(script.taken(), Done{});
  supervision.on_message(1, "WATCHDOG=1\n", now);
  EXPECT_EQ(script.taken(), Done{"notify WATCHDOG=1"});
}

TEST_F(SupervisionTest, ANewProgramGoesOnWithTheServersOfTheOldOne) {
  Supervision next(script, {{5, Server::State::serving, {}}, {4, Server::State::draining, {}}}, true, now);
  next.replace(now);
  EXPECT_EQ(script.taken(), (Done{"notify RELOADING=1", "take over 1"}));
  next.on_exit(4, "exit 0", now);
  next.on_message(1, "READY=1\n", now);
  EXPECT_EQ(script.taken(), (Done{"15 to 5", "notify READY=1"}));
}

}  // namespace
}  // namespace faasta::supervisor
