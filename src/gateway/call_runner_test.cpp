// The call and its exchange are scripted: the test decides the actions of the guest and of the client, and their order.

#include "gateway/call_runner.hpp"

#include <gtest/gtest.h>

#include <array>

#include "unit/guests.hpp"
#include "unit/scripted_call.hpp"
#include "unit/scripted_exchange.hpp"
#include "unit/scripted_loop.hpp"

namespace faasta::gateway {
namespace {

using test::ScriptedCall;
using test::ScriptedExchange;
using Kind = engine::CallEvent::Kind;

class CallRunnerTest : public testing::Test {
 protected:
  void begin() { begin_with("GET", {}); }
  /// A request with a body of unknown length.
  void begin_with_body() { begin_with("POST", {{"transfer-encoding", "chunked"}}); }
  void begin_with(std::string method, std::vector<Field> fields) {
    exchange_.emplace(loop_, std::move(method), "/", std::move(fields));
    exchange_->limit_body(1U << 20U);
    call_.emplace(exchange_->waker());
    runner_.emplace(*exchange_, *call_, places_, OwnerId{1}, log_, times_,
                    CallRunner::Deadlines{head_deadline_, wall_deadline_});
    places_.give_back();
    const auto taken = loop_.begin(places_.take(*exchange_, std::chrono::seconds(1)));
    ASSERT_TRUE(taken->has_value());
  }
  void run() { ending_ = loop_.begin(runner_->run()); }
  [[nodiscard]] bool is_over() const { return ending_->has_value(); }
  [[nodiscard]] const Ending& ending() const { return **ending_; }
  [[nodiscard]] std::optional<Code> failure() const {
    return ending().error ? std::optional(ending().error->code) : std::nullopt;
  }
  /// Lets the runner see the last event.
  void settle() { loop_.run_ready(); }

  test::TemporaryFolder folder_;
  std::unique_ptr<store::LogStore> store_ = *store::LogStore::open(folder_.path() / "logs.db");
  LogWriter writer_{*store_};
  const SecretMask mask_;
  CallLog log_{writer_, FunctionId{1}, 1, "rq", mask_};
  CallTimes times_;
  SteadyTime wall_deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  SteadyTime head_deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const std::shared_ptr<Turnstile> owners_ = std::make_shared<Turnstile>(1, 1);
  const std::shared_ptr<Turnstile> function_ = std::make_shared<Turnstile>(1, 1);
  const std::shared_ptr<Turnstile> server_ = std::make_shared<Turnstile>(1, 1);
  WaitingBodies bodies_{{.of_network = 1, .of_owner = 2, .all = 3}};
  CallPlaces places_{{owners_, function_, server_, bodies_, OwnerId{1}}};
  test::ScriptedLoop loop_;
  std::optional<ScriptedExchange> exchange_;
  std::optional<ScriptedCall> call_;
  std::optional<CallRunner> runner_;
  test::Pending<Ending> ending_;
};

TEST_F(CallRunnerTest, PassesAnAnswerOn) {
  begin();
  call_->answer(201, {{"x-a", "b"}})
      .say(Kind::data, "hel")
      .say(Kind::data, "lo")
      .finish({{"x-sum", "1"}})
      .say(Kind::done);
  run();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(ending().outcome, "ok");
  EXPECT_EQ(runner_->status(), 201);
  static_cast<void>(loop_.begin(exchange_->flush()));
  EXPECT_EQ(exchange_->answered().status, 201);
  EXPECT_EQ(exchange_->answered().field("x-a"), "b");
  EXPECT_EQ(exchange_->received_by_client(), "hello");
  EXPECT_TRUE(exchange_->client_has_all());
  EXPECT_TRUE(call_->body_ended()) << "a request without a body ends it at once";
}

/// The head is sent as soon as the guest waits, so that the client sees each part of a slow stream at once.
TEST_F(CallRunnerTest, FlushesWhatThereIsWhenTheGuestWaits) {
  begin();
  call_->answer(200).say(Kind::data, "first");
  run();
  EXPECT_FALSE(is_over());
  EXPECT_EQ(exchange_->received_by_client(), "first");
  call_->say(Kind::data, " second");
  settle();
  EXPECT_EQ(exchange_->received_by_client(), "first second");
  call_->finish().say(Kind::done);
  settle();
  EXPECT_TRUE(is_over());
}

/// If a wake-up arrives while the runner flushes, it must not be missed: after the flush, the runner polls the guest
/// again before it waits.
TEST_F(CallRunnerTest, AWakeUpDuringAFlushIsNotMissed) {
  begin();
  call_->answer(200).say(Kind::data, "a");
  exchange_->take(0);
  run();
  EXPECT_FALSE(is_over());
  call_->finish().say(Kind::done);  // wakes the runner while the client takes nothing
  settle();
  EXPECT_FALSE(is_over());
  exchange_->take(std::string::npos);
  settle();
  EXPECT_TRUE(is_over());
  EXPECT_EQ(exchange_->received_by_client(), "a");
}

TEST_F(CallRunnerTest, HoldsAGuestBackThatIsFarAheadOfItsClient) {
  begin();
  exchange_->take(0);
  call_->answer(200);
  for (int i = 0; i < 100; ++i) call_->say(Kind::data, std::string(64U << 10U, 'x'));
  run();
  EXPECT_LE(exchange_->queued(), 192U << 10U);
  EXPECT_TRUE(call_->has_more_to_say());
  call_->finish().say(Kind::done);
  exchange_->take(std::string::npos);
  settle();
  EXPECT_TRUE(is_over());
  EXPECT_EQ(exchange_->received_by_client().size() + exchange_->queued(), 100U * (64U << 10U));
}

TEST_F(CallRunnerTest, GivesTheExchangeWhatItHasRoomFor) {
  begin();
  exchange_->take(0);
  exchange_->set_most_room(10);
  call_->answer(200).say(Kind::data, "0123456789abcdef").finish().say(Kind::done);
  run();
  EXPECT_LE(exchange_->queued(), 11U) << "the head may count";
  exchange_->take(std::string::npos);
  settle();
  EXPECT_TRUE(is_over());
  EXPECT_EQ(exchange_->answered().body, "0123456789abcdef");
}

TEST_F(CallRunnerTest, ASlowClientEndsByTheDeadlineAndIsNoFailure) {
  begin();
  exchange_->take(0);
  call_->answer(200).say(Kind::data, "a");
  run();
  exchange_->pass_deadline();
  settle();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(ending().outcome, "client_slow");
  EXPECT_FALSE(ending().is_failure);
}

TEST_F(CallRunnerTest, FeedsTheBodyAsTheGuestAsksForIt) {
  begin_with_body();
  call_->say(Kind::need_body);
  run();
  EXPECT_TRUE(exchange_->accepted_body());
  EXPECT_EQ(call_->fed(), "");
  exchange_->send("one");
  exchange_->send("two");
  settle();
  EXPECT_EQ(call_->fed(), "one") << "the second part waits until the guest asks again";
  call_->say(Kind::need_body);
  settle();
  EXPECT_EQ(call_->fed(), "onetwo");
  call_->say(Kind::need_body);
  exchange_->end_body({{"sum", "1"}});
  settle();
  EXPECT_TRUE(call_->body_ended());
  ASSERT_EQ(call_->trailers().size(), 1U);
  call_->answer(200).finish().say(Kind::done);
  settle();
  EXPECT_TRUE(is_over());
}

TEST_F(CallRunnerTest, HasNoPlaceWhileItWaitsForTheBody) {
  begin_with_body();
  EXPECT_EQ(server_->inside() + function_->inside() + owners_->inside(), 3U);
  call_->say(Kind::need_body);
  run();
  settle();  // on a slow machine, the turn is over before the call waits
  EXPECT_EQ(server_->inside() + function_->inside() + owners_->inside(), 0U);
  EXPECT_EQ(bodies_.now(), 1U);
  exchange_->send("one");
  settle();
  EXPECT_EQ(call_->fed(), "one");
  EXPECT_EQ(server_->inside() + function_->inside() + owners_->inside(), 3U);
  EXPECT_EQ(bodies_.now(), 0U);
}

TEST_F(CallRunnerTest, WaitsInTheLineWhenTheBodyHasCome) {
  begin_with_body();
  call_->say(Kind::need_body);
  run();
  ScriptedExchange other(loop_, "GET", "/");
  auto others = loop_.begin(Turnstile::enter(function_, other, std::chrono::seconds(1), Code::busy_function));
  ASSERT_TRUE(others->has_value());
  exchange_->send("one");
  settle();
  EXPECT_EQ(call_->fed(), "");
  others.reset();
  settle();
  EXPECT_EQ(call_->fed(), "one");
  EXPECT_EQ(exchange_->deadline(), head_deadline_);
}

TEST_F(CallRunnerTest, EndsIfNoPlaceBecomesFreeAfterTheBody) {
  begin_with_body();
  call_->say(Kind::need_body);
  run();
  ScriptedExchange other(loop_, "GET", "/");
  const auto others = loop_.begin(Turnstile::enter(function_, other, std::chrono::seconds(1), Code::busy_function));
  exchange_->send("one");
  settle();
  exchange_->pass_deadline();
  settle();
  EXPECT_EQ(failure(), Code::busy_function);
}

/// In seconds from now.
long seconds_to(SteadyTime time) {
  return std::lround(std::chrono::duration<double>(time - std::chrono::steady_clock::now()).count());
}

TEST_F(CallRunnerTest, AClientHasASecondThenTenAndMoreForWhatItSends) {
  begin_with_body();
  call_->say(Kind::need_body);
  run();
  EXPECT_EQ(seconds_to(exchange_->deadline()), 1);
  exchange_->send(std::string(480, 'x'));  // two seconds' worth
  call_->say(Kind::need_body);
  settle();
  EXPECT_EQ(call_->fed().size(), 480U);
  EXPECT_EQ(seconds_to(exchange_->deadline()), 3);
  exchange_->pass_deadline();
  settle();
  EXPECT_FALSE(is_over());
  EXPECT_EQ(seconds_to(exchange_->deadline()), 12);
  exchange_->pass_deadline();
  settle();
  EXPECT_EQ(failure(), Code::http_timeout);
  EXPECT_FALSE(ending().is_failure);
}

TEST_F(CallRunnerTest, ASlowClientOfANetworkThatHasTooManyIsRefused) {
  begin_with_body();
  auto slow = bodies_.enter(exchange_->client(), OwnerId{2}, exchange_->waker());
  EXPECT_TRUE(slow->is_slow());
  call_->say(Kind::need_body);
  run();
  EXPECT_FALSE(is_over()) << "it is not slow yet";
  exchange_->pass_deadline();
  settle();
  EXPECT_EQ(failure(), Code::too_many_bodies);
  EXPECT_FALSE(ending().is_failure);
  EXPECT_EQ(server_->inside(), 0U);
}

TEST_F(CallRunnerTest, AWaitingBodyEndsIfOthersNeedItsPartOfTheLimit) {
  begin_with_body();
  call_->say(Kind::need_body);
  run();
  const auto second = bodies_.enter(exchange_->client(), OwnerId{1}, exchange_->waker());
  const auto third = bodies_.enter(exchange_->client(), OwnerId{1}, exchange_->waker());
  settle();
  EXPECT_EQ(failure(), Code::http_timeout);
}

TEST_F(CallRunnerTest, AfterTheHeadTheClientMayBeSilent) {
  begin_with_body();
  call_->answer(200).say(Kind::need_body);
  run();
  EXPECT_FALSE(is_over());
  EXPECT_EQ(server_->inside(), 0U);
  EXPECT_EQ(exchange_->deadline(), wall_deadline_);
  exchange_->break_body();
  settle();
  EXPECT_TRUE(is_over());
}

TEST_F(CallRunnerTest, ABrokenBodyIsTheClientsFault) {
  begin_with_body();
  call_->say(Kind::need_body);
  run();
  exchange_->break_body();
  settle();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(ending().outcome, "body_broken");
  EXPECT_FALSE(ending().is_failure);
}

TEST_F(CallRunnerTest, ABodyOverItsLimitFailsTheCall) {
  begin_with_body();
  exchange_->limit_body(2);
  call_->say(Kind::need_body);
  run();
  exchange_->send("abc");
  settle();
  EXPECT_EQ(failure(), Code::body_too_large);
}

TEST_F(CallRunnerTest, AClientThatDoesNotSendIsSlowAndAGuestThatDoesNotAnswerFails) {
  begin_with_body();
  call_->say(Kind::need_body);
  run();
  exchange_->pass_deadline();  // now the client is slow
  settle();
  exchange_->pass_deadline();
  settle();
  EXPECT_EQ(ending().outcome, "client_slow");
  begin();
  run();
  exchange_->pass_deadline();
  settle();
  EXPECT_EQ(failure(), Code::wall_limit);
  EXPECT_TRUE(ending().is_failure);
}

TEST_F(CallRunnerTest, AFailureTakesAnUnwrittenAnswerBack) {
  begin();
  call_->answer(200).say(Kind::data, "half").fail(Code::guest_trap, "unreachable");
  run();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(failure(), Code::guest_trap);
  EXPECT_EQ(runner_->status(), 0);
  EXPECT_FALSE(exchange_->head_sent());
}

TEST_F(CallRunnerTest, AFailureAfterAWrittenByteBreaksTheTransfer) {
  begin();
  call_->answer(200).say(Kind::data, "half");
  run();
  call_->fail(Code::guest_trap);
  settle();
  ASSERT_TRUE(is_over());
  EXPECT_TRUE(exchange_->aborted());
  EXPECT_FALSE(exchange_->client_has_all());
  EXPECT_EQ(runner_->status(), 200);
}

TEST_F(CallRunnerTest, ABodyThatIsNotAsLongAsItsLengthFails) {
  begin();
  call_->answer(200, {{"content-length", "2"}}).say(Kind::data, "abc");
  run();
  EXPECT_EQ(failure(), Code::no_response);
}

TEST_F(CallRunnerTest, RefusesAStatusThatAServerDoesNotSend) {
  for (const std::uint16_t status : std::to_array<std::uint16_t>({100, 199, 600, 999})) {
    begin();
    call_->answer(status);
    run();
    EXPECT_EQ(failure(), Code::no_response) << status;
  }
}

TEST_F(CallRunnerTest, AClientThatGoesBeforeItsAnswerEndsTheCall) {
  begin();
  run();
  exchange_->leave();
  settle();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(ending().outcome, "client_gone");
  EXPECT_TRUE(exchange_->aborted());
}

/// The answer is complete, and the guest still works. The runner leaves the exchange and keeps the part of the body
/// that the guest may still read.
TEST_F(CallRunnerTest, LeavesTheExchangeWhenTheAnswerIsCompleteAndTheGuestWorksOn) {
  begin();
  call_->answer(200).say(Kind::data, "a").finish();
  run();
  ASSERT_TRUE(is_over());
  EXPECT_TRUE(runner_->goes_on());
  EXPECT_EQ(exchange_->received_by_client(), "a");
}

TEST_F(CallRunnerTest, StaysWithAClientThatStillSendsABodyWhichTheGuestReads) {
  begin_with_body();
  call_->answer(200).finish().say(Kind::need_body);
  run();
  EXPECT_FALSE(is_over());
  exchange_->send("late");
  settle();
  EXPECT_EQ(call_->fed(), "late");
  EXPECT_FALSE(is_over()) << "a guest that reads on between two reads is not left";
  call_->say(Kind::need_body);
  exchange_->end_body();
  settle();
  EXPECT_TRUE(call_->body_ended());
  ASSERT_TRUE(is_over());
  EXPECT_TRUE(runner_->goes_on());
}

TEST_F(CallRunnerTest, AClientThatGoesAfterItsAnswerDoesNotEndTheGuest) {
  begin_with_body();
  call_->answer(200).finish().say(Kind::need_body);
  run();
  exchange_->leave();
  settle();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(ending().outcome, "ok");
  EXPECT_TRUE(runner_->goes_on());
  EXPECT_TRUE(call_->body_broke());
}

TEST_F(CallRunnerTest, AGuestThatIsAlwaysReadyLetsOthersGoFirst) {
  begin();
  for (int i = 0; i < 20'000; ++i) call_->write(engine::Stream::out, "line\n");
  call_->answer(200).finish().say(Kind::done);
  run();
  EXPECT_TRUE(is_over());
  EXPECT_GE(exchange_->turns_waited(), 1);
}

TEST_F(CallRunnerTest, AGuestThatHasUsedItsShareStepsBackAfterEachWait) {
  begin();
  call_->use_cpu(5'000);
  run();
  for (int i = 0; i < 3; ++i) {
    call_->wake();
    settle();
  }
  EXPECT_GE(exchange_->turns_waited(), 3);
}

TEST_F(CallRunnerTest, ShowsItsTimesAndKeepsCookiesAtHome) {
  times_.tell_client = true;
  times_.cold = true;
  begin();
  call_->answer(200, {{"set-cookie", "a=b; Domain=localhost"}, {"Set-Cookie", "c=d"}}).finish().say(Kind::done);
  run();
  static_cast<void>(loop_.begin(exchange_->flush()));
  EXPECT_EQ(exchange_->answered().field("x-faasta-cold"), "1");
  EXPECT_TRUE(exchange_->answered().field("server-timing")->starts_with("queue;dur="));
  for (const Field& field : exchange_->answered().fields)
    EXPECT_EQ(field.value.find("Domain=localhost"), std::string::npos);
}

TEST_F(CallRunnerTest, TheAnswersTimeIsTheWallLimitOnceTheHeadIsThere) {
  begin();
  call_->answer(200);
  run();
  EXPECT_EQ(exchange_->deadline(), wall_deadline_);
  exchange_->pass_deadline();
  settle();
  ASSERT_TRUE(is_over());
  EXPECT_EQ(failure(), Code::wall_limit);
  EXPECT_EQ(ending().error->detail, "the answer was not complete in time");
}

}  // namespace
}  // namespace faasta::gateway
