#include "schedule/scheduler.hpp"

#include <gtest/gtest.h>

#include "unit/test_store.hpp"

namespace faasta::schedule {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using namespace std::string_literals;

/// A real catalog. The clock and the function are the test's.
class SchedulerTest : public testing::Test {
 protected:
  void deploy(std::vector<CronJob> jobs, const char* name = "hello") {
    store::NewVersion version{sha256(std::to_string(++deployed_)), 3, 1, {}, {}, {}};
    version.settings.cron = std::move(jobs);
    test::value_of(store_.catalog().deploy(kActor, *FunctionName::parse(name), version, {}));
  }
  void run_sql(const char* sql) {
    ASSERT_TRUE(store_.connections().change([sql](store::Database& database) { return database.execute(sql); }));
  }
  std::unique_ptr<Scheduler> server() {
    return std::make_unique<Scheduler>(Scheduler::Parts{
        runs_,
        [this](CronCall call, std::function<void(CronAnswer)> done) {
          calls_.push_back(std::move(call));
          if (answers_ == 0)
            waiting_.push_back(std::move(done));
          else
            done({answers_, false});
        },
        [this](FunctionId, std::uint32_t, std::string_view line) { notes_.emplace_back(line); }, seconds(300)});
  }
  /// Sets the clock, and lets the scheduler look.
  void look(Scheduler& scheduler, SystemTime now) {
    now_ = now;
    next_ = scheduler.look(now);
  }
  std::vector<std::string> ticks() {
    std::vector<std::string> out;
    for (const CronCall& call : calls_) out.push_back(rfc3339(call.tick).substr(11, 5));
    return out;
  }
  store::CronRecord record() {
    const auto id = test::value_of(runs_.of_owner(kSingleOwner, name_)).id;
    return test::value_of(runs_.records(id)).at(0);
  }
  bool noted(std::string_view text) const {
    return std::ranges::any_of(notes_, [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }

  static constexpr Actor kActor{kSingleOwner};
  test::TestStore store_;
  store::CronRuns runs_ = store_.cron_runs();
  FunctionName name_ = *FunctionName::parse("hello");
  int deployed_ = 0;
  SystemTime now_ = *parse_rfc3339("2026-11-30T10:00:30Z");
  SystemTime next_;
  std::uint32_t answers_ = 200;  ///< the status of each answer; 0: the answer waits
  std::vector<CronCall> calls_;
  std::vector<std::function<void(CronAnswer)>> waiting_;
  std::vector<std::string> notes_;
};

TEST_F(SchedulerTest, SleepsWhileThereIsNoJob) {
  deploy({});
  const auto scheduler = server();
  look(*scheduler, now_);
  EXPECT_EQ(next_, SystemTime::max());
}

TEST_F(SchedulerTest, RunsEachTickOnce) {
  deploy({{.name = "tick", .schedule = "* * * * *", .path = "/work", .method = "GET"}});
  const auto scheduler = server();
  look(*scheduler, now_);
  EXPECT_TRUE(calls_.empty()) << "the first tick is after the deploy";
  EXPECT_GE(next_, now_ + seconds(30));
  EXPECT_LT(next_, now_ + seconds(40));
  look(*scheduler, next_ - std::chrono::milliseconds(1));
  EXPECT_TRUE(calls_.empty());
  for (int i = 0; i < 3; ++i) {
    look(*scheduler, next_);
    look(*scheduler, now_);  // the answer
  }
  EXPECT_EQ(ticks(), (std::vector{"10:01"s, "10:02"s, "10:03"s}));
  EXPECT_EQ(calls_[0].name, "hello");
  EXPECT_EQ(calls_[0].job.path, "/work");
  EXPECT_EQ(record().status, 200U);
  EXPECT_EQ(record().attempts, 1U);
  EXPECT_TRUE(record().ended);
  EXPECT_FALSE(record().failed);
  EXPECT_EQ(record().missed, 0U);
  EXPECT_TRUE(notes_.empty());
}

TEST_F(SchedulerTest, OfTwoServersOneRunsATick) {
  deploy({{.name = "tick", .schedule = "* * * * *"}});
  const auto first = server();
  const auto second = server();
  look(*first, now_);
  look(*second, now_);
  for (int i = 0; i < 3; ++i) {
    const SystemTime at = next_;
    look(*first, at);
    look(*second, at);
    look(*first, at);
  }
  EXPECT_EQ(calls_.size(), 3U);
}

TEST_F(SchedulerTest, AStepOfTheClockRunsNothingTwiceAndMissesNothingInSilence) {
  deploy({{.name = "tick", .schedule = "*/10 * * * *"}});
  const auto scheduler = server();
  look(*scheduler, now_);
  look(*scheduler, next_);
  EXPECT_EQ(ticks(), (std::vector{"10:10"s}));
  const SystemTime before = now_;
  look(*scheduler, before - hours(1));
  EXPECT_EQ(calls_.size(), 1U) << "these ticks were run already";
  for (int i = 0; i < 60; ++i) look(*scheduler, now_ + minutes(1));
  EXPECT_EQ(calls_.size(), 1U);
  look(*scheduler, next_);
  EXPECT_EQ(ticks(), (std::vector{"10:10"s, "10:20"s}));
  look(*scheduler, now_ + hours(1) + minutes(5));
  EXPECT_EQ(calls_.size(), 2U) << "11:20 is too late";
  EXPECT_EQ(record().missed, 6U);
  EXPECT_TRUE(noted("'tick': 6 ticks were missed"));
  look(*scheduler, next_);
  EXPECT_EQ(ticks().back(), "11:30");
}

TEST_F(SchedulerTest, TheTicksOfADownTimeAreMissedOrCaughtUpOnce) {
  for (const bool catch_up : {false, true}) {
    calls_.clear();
    const SystemTime begin = *parse_rfc3339("2026-11-30T10:00:30Z");
    deploy({{.name = catch_up ? "late" : "never", .schedule = "*/10 * * * *", .catch_up = catch_up}});
    look(*server(), begin);
    look(*server(), begin + minutes(35));  // after a restart
    EXPECT_EQ(calls_.size(), catch_up ? 1U : 0U);
    EXPECT_EQ(record().missed, catch_up ? 2U : 3U);
  }
}

TEST_F(SchedulerTest, ARestartOfSecondsMissesNothing) {
  deploy({{.name = "tick", .schedule = "* * * * *"}});
  const auto before = server();
  look(*before, now_);
  look(*server(), next_ + seconds(40));
  EXPECT_EQ(ticks(), (std::vector{"10:01"s}));
  EXPECT_EQ(record().missed, 0U);
}

TEST_F(SchedulerTest, AClockThatWasFarAheadDoesNotSilenceAJob) {
  deploy({{.name = "tick", .schedule = "* * * * *"}});
  look(*server(), now_ + hours(24 * 365));
  const SystemTime right = now_ - hours(24 * 365);
  const auto scheduler = server();
  look(*scheduler, right);
  look(*scheduler, next_);
  EXPECT_LT(next_, right + minutes(3));
  EXPECT_EQ(calls_.size(), 1U);
}

TEST_F(SchedulerTest, ARunThatGoesOnSkipsTicksUnlessTheyMayOverlap) {
  answers_ = 0;
  deploy({{.name = "tick", .schedule = "* * * * *"}});
  const auto scheduler = server();
  look(*scheduler, now_);
  look(*scheduler, next_);
  look(*scheduler, next_);
  EXPECT_EQ(calls_.size(), 1U);
  EXPECT_EQ(record().skipped, 1U);
  EXPECT_TRUE(noted("10:02:00.000Z was skipped"));
  waiting_.at(0)({200, false});
  look(*scheduler, now_);
  EXPECT_TRUE(record().ended);
  look(*scheduler, next_);
  EXPECT_EQ(ticks(), (std::vector{"10:01"s, "10:03"s}));

  deploy({{.name = "tick", .schedule = "* * * * *", .overlap = true}});
  scheduler->changed("hello");
  look(*scheduler, now_);
  look(*scheduler, next_);
  EXPECT_EQ(ticks().back(), "10:04") << "the run of 10:03 goes on";
}

TEST_F(SchedulerTest, ARunThatDiedWithItsServerSkipsNoTickForLong) {
  answers_ = 0;
  deploy({{.name = "tick", .schedule = "* * * * *"}});
  const auto before = server();
  look(*before, now_);
  look(*before, next_);
  const auto after = server();  // after a crash
  const SystemTime began = now_;
  look(*after, began + seconds(1));
  look(*after, began + seconds(60));
  EXPECT_EQ(calls_.size(), 1U) << "the other server may still run";
  EXPECT_EQ(record().skipped, 1U);
  EXPECT_FALSE(record().ended);
  look(*after, next_);
  EXPECT_TRUE(record().ended) << "the run is not shown as running for ever";
  EXPECT_TRUE(record().failed);
  EXPECT_TRUE(noted("was broken off: its server ended"));
  look(*after, began + seconds(120));
  EXPECT_EQ(ticks(), (std::vector{"10:01"s, "10:03"s}));
}

TEST_F(SchedulerTest, ARunThatEndsAtTheServerBeforeIsNotBrokenOff) {
  answers_ = 0;
  deploy({{.name = "tick", .schedule = "0 * * * *"}});
  const auto before = server();
  look(*before, now_);
  look(*before, next_);
  const auto after = server();
  look(*after, now_ + seconds(1));
  before->stop_ticks();
  waiting_.at(0)({200, false});
  look(*before, now_ + seconds(5));
  look(*after, now_ + seconds(90));
  EXPECT_EQ(record().status, 200U);
  EXPECT_TRUE(notes_.empty()) << testing::PrintToString(notes_);
}

TEST_F(SchedulerTest, AJobWithANewScheduleBeginsAnew) {
  deploy({{.name = "tick", .schedule = "0 0 * * *", .catch_up = true}});
  const auto scheduler = server();
  look(*scheduler, now_);
  now_ += hours(5);
  deploy({{.name = "tick", .schedule = "* * * * *", .catch_up = true}});
  scheduler->changed("hello");
  look(*scheduler, now_);
  EXPECT_TRUE(calls_.empty()) << "the ticks before the deploy were no ticks of this schedule";
  EXPECT_EQ(record().missed, 0U);
  look(*scheduler, next_);
  EXPECT_EQ(ticks(), (std::vector{"15:01"s}));
}

TEST_F(SchedulerTest, AJobThatComesBackBeginsAnew) {
  deploy({{.name = "tick", .schedule = "* * * * *", .catch_up = true}});
  const auto scheduler = server();
  look(*scheduler, now_);
  for (const bool by_name : {true, false}) {
    deploy({});
    by_name ? scheduler->changed("hello") : scheduler->changed_all();
    look(*scheduler, now_);
    now_ += hours(5);
    deploy({{.name = "tick", .schedule = "* * * * *", .catch_up = true}});
    scheduler->changed("hello");
    look(*scheduler, now_);
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(record().missed, 0U);
  }
}

TEST_F(SchedulerTest, AClockThatWasFarAheadDoesNotSilenceARunningServer) {
  deploy({{.name = "tick", .schedule = "* * * * *"}});
  const auto scheduler = server();
  look(*scheduler, now_);
  const SystemTime right = now_;
  look(*scheduler, right + hours(48));
  look(*scheduler, right + seconds(15));
  look(*scheduler, next_);
  EXPECT_LT(next_, right + minutes(4));
  EXPECT_EQ(calls_.back().tick, *parse_rfc3339("2026-11-30T10:01:00Z"));
}

TEST_F(SchedulerTest, AJobThatIsGoneIsNotTriedAgain) {
  answers_ = 500;
  deploy({{.name = "daily", .schedule = "0 11 * * *", .retries = 5}});
  const auto scheduler = server();
  look(*scheduler, now_);
  look(*scheduler, next_);
  look(*scheduler, now_);  // the answer
  deploy({{.name = "daily", .schedule = "0 11 * * *", .path = "/other", .retries = 5}});
  scheduler->changed("hello");
  look(*scheduler, now_ + seconds(1));
  look(*scheduler, now_ + seconds(5));
  EXPECT_EQ(calls_.size(), 1U) << "the live version does not know this request";
  EXPECT_TRUE(noted("(attempt 1 of 6)"));
}

TEST_F(SchedulerTest, ACatalogThatFailsIsReadAgainASecondLater) {
  deploy({{.name = "tick", .schedule = "* * * * *"}});
  run_sql("ALTER TABLE cron_run RENAME TO away");
  const auto scheduler = server();
  look(*scheduler, now_);
  EXPECT_EQ(next_, now_ + seconds(1));
  run_sql("ALTER TABLE away RENAME TO cron_run");
  look(*scheduler, next_);
  look(*scheduler, next_);
  EXPECT_EQ(calls_.size(), 1U);
}

TEST_F(SchedulerTest, ADamagedRowStopsItsOwnJobsAlone) {
  deploy({{.name = "tick", .schedule = "* * * * *"}});
  deploy({{.name = "tick", .schedule = "* * * * *"}}, "broken");
  run_sql("UPDATE version SET cron = 'damaged' WHERE function = (SELECT id FROM function WHERE name = 'broken')");
  const auto scheduler = server();
  look(*scheduler, now_);
  EXPECT_GT(next_, now_ + seconds(1)) << "it is not read again and again";
  look(*scheduler, next_);
  EXPECT_EQ(calls_.size(), 1U);
}

TEST_F(SchedulerTest, AFailedRunIsTriedAgainAfterPauses) {
  answers_ = 503;
  deploy({{.name = "daily", .schedule = "0 11 * * *", .retries = 3}});
  const auto scheduler = server();
  look(*scheduler, now_);
  look(*scheduler, next_);
  const SystemTime began = now_;
  for (const auto pause : {seconds(1), seconds(5), seconds(25)}) {
    const SystemTime before = now_;
    look(*scheduler, now_);  // the answer
    EXPECT_EQ(next_ - before, pause);
    if (pause == seconds(25)) answers_ = 200;
    look(*scheduler, next_);
  }
  look(*scheduler, now_);
  EXPECT_EQ(calls_.size(), 4U);
  EXPECT_EQ(calls_.back().attempt, 4U);
  EXPECT_EQ(calls_.back().tick, calls_.front().tick);
  EXPECT_EQ(record().attempts, 4U);
  EXPECT_EQ(record().began, began);
  EXPECT_FALSE(record().failed);
  EXPECT_TRUE(notes_.empty());
}

TEST_F(SchedulerTest, TheLastFailureIsTold) {
  for (const auto& [status, words] : {std::pair{500U, "the answer had the status 500 (attempt 2 of 2)"},
                                      std::pair{429U, "the answer had the status 429"}}) {
    answers_ = status;
    notes_.clear();
    deploy({{.name = "job" + std::to_string(status), .schedule = "* * * * *", .retries = 1}});
    const auto scheduler = server();
    look(*scheduler, now_);
    for (int i = 0; i < 2; ++i) {
      look(*scheduler, next_);
      look(*scheduler, now_);
    }
    EXPECT_TRUE(record().failed);
    EXPECT_EQ(record().status, status);
    EXPECT_TRUE(noted(words)) << testing::PrintToString(notes_);
  }
  EXPECT_FALSE((CronAnswer{404, false}.failed())) << "the function said so";
}

TEST_F(SchedulerTest, TheJobsOfTheLiveVersionRun) {
  deploy({{.name = "old", .schedule = "* * * * *"}});
  const auto scheduler = server();
  look(*scheduler, now_);
  deploy({{.name = "new", .schedule = "* * * * *"}});
  scheduler->changed("hello");
  look(*scheduler, now_);
  look(*scheduler, next_);
  ASSERT_EQ(calls_.size(), 1U);
  EXPECT_EQ(calls_[0].job.name, "new");
  EXPECT_EQ(record().job, "new") << "the record of the old job is gone";
  test::value_of(store_.catalog().roll_back(kActor, name_, 1));
  scheduler->changed_all();  // as after a change by another server
  look(*scheduler, now_);
  look(*scheduler, next_);
  EXPECT_EQ(calls_.back().job.name, "old");
  ASSERT_TRUE(store_.catalog().remove(kActor, name_));
  scheduler->changed("hello");
  look(*scheduler, next_);
  EXPECT_EQ(next_, SystemTime::max());
  EXPECT_EQ(calls_.size(), 2U);
}

TEST_F(SchedulerTest, AServerThatStopsTakesNoTickAndKeepsItsRuns) {
  answers_ = 0;
  deploy({{.name = "tick", .schedule = "* * * * *", .retries = 5}});
  const auto scheduler = server();
  look(*scheduler, now_);
  look(*scheduler, next_);
  scheduler->stop_ticks();
  look(*scheduler, now_ + minutes(1));
  EXPECT_EQ(calls_.size(), 1U);
  EXPECT_EQ(next_, SystemTime::max());
  EXPECT_FALSE(record().ended) << "it goes on";
  waiting_.at(0)({0, false});
  look(*scheduler, now_);
  EXPECT_TRUE(record().ended) << "there is no further attempt";
  EXPECT_TRUE(record().failed);
  EXPECT_TRUE(noted("there was no answer"));
}

TEST_F(SchedulerTest, TheThreadRunsATick) {
  now_ = system_now();
  deploy({{.name = "tick", .schedule = "* * * * *"}});
  // The tick of the minute before, which the scheduler finds when it begins.
  test::value_of(runs_.keep_records(test::value_of(runs_.of_owner(kSingleOwner, name_)), now_ - minutes(1)));
  const auto scheduler = server();
  scheduler->start();
  const auto end = std::chrono::steady_clock::now() + seconds(80);
  while (!record().ended && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(record().ended);
  scheduler->stop();
}

}  // namespace
}  // namespace faasta::schedule
