#include "api/logs.hpp"

#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

using std::chrono::steady_clock;

class LogsApiTest : public test::ApiFixture {
 protected:
  LogsApiTest() {
    EXPECT_EQ(deploy("hello", "bytes").status, 201);
    function_ = store_.catalog().function(kSingleOwner, *FunctionName::parse("hello"))->id;
  }

  void write(const std::string& text, const std::string& time = "2026-01-01T00:00:00.000Z") {
    const std::string line = R"({"time":")" + time + R"(","text":")" + text + "\"}\n";
    ASSERT_TRUE(logs_->append({{function_, line}}));
  }
  test::Answered read(const std::string& query = "", std::vector<Field> fields = {}) {
    return call("GET", "/v1/functions/hello/logs" + query, "", std::move(fields));
  }
  /// The texts of the lines of an answer. A line without a text is returned whole.
  static std::vector<std::string> texts(std::string_view body) {
    std::vector<std::string> out;
    while (!body.empty()) {
      const std::string_view line = body.substr(0, body.find('\n'));
      body.remove_prefix(std::min(line.size() + 1, body.size()));
      const auto entry = parse_object(line);
      out.emplace_back(entry && entry->contains("text") ? std::string_view(entry->at("text").as_string()) : line);
    }
    return out;
  }
  using Texts = std::vector<std::string>;

  /// A follower of the log. It runs until it ends by itself.
  struct Follower {
    explicit Follower(LogsApiTest& test, std::string query = "", std::vector<Field> more = {}) {
      more.push_back({"accept", "text/event-stream"});
      exchange = test.exchange("GET", "/v1/functions/hello/logs" + std::move(query), std::move(more));
      done = test.loop_.start(serve(test, *exchange));
    }
    static Task<bool> serve(LogsApiTest& test, test::ScriptedExchange& exchange) {
      co_await test.api_->serve(exchange);
      co_return true;
    }
    [[nodiscard]] bool has(std::string_view text) const {
      return exchange->received_by_client().find(text) != std::string_view::npos;
    }

    std::unique_ptr<test::ScriptedExchange> exchange;
    test::Pending<bool> done;
  };

  FunctionId function_{};
};

TEST_F(LogsApiTest, WhatThereIsComesAsLines) {
  EXPECT_EQ(read().body, "");
  write("one");
  write("two");
  write("three");
  const auto all = read();
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.field("content-type"), "application/x-ndjson");
  EXPECT_TRUE(all.finished);
  EXPECT_EQ(texts(all.body), (Texts{"one", "two", "three"}));
  EXPECT_EQ(texts(read("?tail=2").body), (Texts{"two", "three"}));
  EXPECT_EQ(read("?tail=0").body, "");
}

TEST_F(LogsApiTest, ACursorGoesOnWhereItWasTaken) {
  write("one");
  write("two");
  const std::string first = read().body.substr(0, read().body.find('\n'));
  const std::string cursor(parse_object(first)->at("cursor").as_string());
  EXPECT_EQ(texts(read("?cursor=" + cursor).body), Texts{"two"});
  EXPECT_EQ(texts(read("?cursor=0", {{"last-event-id", cursor}}).body), Texts{"two"}) << "the field counts";
  for (const char* wrong : {"", "x", "1x", "-1"})
    EXPECT_EQ(code(read(std::string("?cursor=") + wrong)), "bad_request") << wrong;
}

TEST_F(LogsApiTest, SinceATimeLeavesOutWhatWasBefore) {
  write("old", "2026-01-01T00:00:00.000Z");
  write("new", "2026-01-02T00:00:00.000Z");
  EXPECT_EQ(texts(read("?since=2026-01-01T12:00:00Z").body), Texts{"new"});
  EXPECT_EQ(code(read("?since=yesterday")), "bad_request");
  EXPECT_EQ(code(read("?tail=10001")), "bad_request");
  EXPECT_EQ(code(read("?until=1")), "unknown_field");
}

TEST_F(LogsApiTest, FiltersChooseLinesBeforeTheyAreCounted) {
  write("wanted 1");
  write("wanted 2");
  for (int i = 0; i < 50; ++i) write("other");
  EXPECT_EQ(texts(read("?text=wanted").body), (Texts{"wanted 1", "wanted 2"}));
  EXPECT_EQ(texts(read("?text=wanted&tail=1").body), Texts{"wanted 2"});
  EXPECT_EQ(texts(read("?text=wanted&tail=0").body), Texts{});
  EXPECT_EQ(texts(read("?text=nothing").body), Texts{});
  EXPECT_EQ(texts(read("?text=wanted&cursor=0").body), (Texts{"wanted 1", "wanted 2"}));
  EXPECT_EQ(code(read("?status=5")), "bad_request");
  EXPECT_EQ(code(read("?kind=gap")), "bad_request");
}

TEST_F(LogsApiTest, AGapPassesEachFilter) {
  const std::string long_text(100'000, 'x');
  for (int i = 0; i < 15; ++i) write(long_text);
  const auto lines = texts(read("?cursor=0&text=nothing").body);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find(R"("kind":"gap")"), std::string::npos);
}

TEST_F(LogsApiTest, AFollowerWithAFilterHearsHowFarItHasCome) {
  Follower follower(*this, "?text=wanted");
  loop_.run_until([&] { return follower.exchange->waits() > 0; });
  write("other");
  write("wanted");
  loop_.run_until([&] { return follower.has("wanted"); });
  EXPECT_FALSE(follower.has("other"));
  const auto before = follower.exchange->waits();
  write("other");
  // It has read the line, and waits until it must say that it is still there.
  loop_.run_until([&] {
    const auto left = follower.exchange->deadline() - steady_clock::now();
    return follower.exchange->waits() > before && left > std::chrono::seconds(5) && left < std::chrono::hours(1);
  });
  follower.exchange->pass_deadline();
  const std::string end = std::to_string(*logs_->tail(function_, 0));
  loop_.run_until([&] { return follower.has("id: " + end + "\n: still here"); });
  follower.exchange->leave();
  EXPECT_TRUE(loop_.finish(follower.done));
}

TEST_F(LogsApiTest, WhatWasDroppedIsAGap) {
  const std::string long_text(100'000, 'x');
  for (int i = 0; i < 15; ++i) write(long_text);
  const auto lines = texts(read("?cursor=0").body);
  ASSERT_GT(lines.size(), 5U) << "of several pages";
  EXPECT_NE(lines[0].find(R"("kind":"gap")"), std::string::npos) << lines[0].substr(0, 100);
  EXPECT_EQ(lines.back(), long_text);
}

TEST_F(LogsApiTest, HeadHasTheFieldsAlone) {
  write("one");
  const auto head = call("HEAD", "/v1/functions/hello/logs");
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.finished);
  EXPECT_EQ(head.body, "");
}

TEST_F(LogsApiTest, OtherFunctionsHaveNone) {
  EXPECT_EQ(code(call("GET", "/v1/functions/other/logs")), "function_not_found");
  EXPECT_EQ(code(call("GET", "/v1/functions/No--Name/logs")), "function_not_found");
}

TEST_F(LogsApiTest, AFollowerSeesWhatComes) {
  write("one");
  Follower follower(*this);
  loop_.run_until([&] { return follower.has("one"); });
  EXPECT_EQ(follower.exchange->answered().field("content-type"), "text/event-stream");
  write("two");
  loop_.run_until([&] { return follower.has("two"); });
  EXPECT_TRUE(follower.has("id: "));
  EXPECT_FALSE(follower.exchange->ended());
  follower.exchange->drain();
  EXPECT_TRUE(loop_.finish(follower.done));
  EXPECT_TRUE(follower.exchange->answered().finished);
}

TEST_F(LogsApiTest, AFollowerWithoutNewsIsKeptAlive) {
  Follower follower(*this);
  loop_.run_until([&] { return follower.exchange->waits() > 0; });
  EXPECT_GT(follower.exchange->deadline(), steady_clock::now() + std::chrono::seconds(5));
  follower.exchange->pass_deadline();
  loop_.run_until([&] { return follower.has(": still here"); });
  follower.exchange->leave();
  EXPECT_TRUE(loop_.finish(follower.done));
}

TEST_F(LogsApiTest, AStreamEndsWithItsToken) {
  const std::string reader = token_with("read");
  Follower follower(*this, "", {{"authorization", "Bearer " + reader}});
  loop_.run_until([&] { return follower.exchange->waits() > 0; });
  ASSERT_EQ(call_as(reader, "DELETE", "/v1/tokens/current").status, 200);
  write("secret");
  EXPECT_TRUE(loop_.finish(follower.done));
  EXPECT_TRUE(follower.exchange->answered().finished);
  EXPECT_FALSE(follower.has("secret"));
}

TEST_F(LogsApiTest, AStreamEndsWithItsFunction) {
  Follower follower(*this);
  loop_.run_until([&] { return follower.exchange->waits() > 0; });
  ASSERT_EQ(call("DELETE", "/v1/functions/hello").status, 200);
  EXPECT_TRUE(loop_.finish(follower.done));
  EXPECT_TRUE(follower.exchange->answered().finished);
}

/// If not all lines can be sent, the answer must not look complete.
TEST_F(LogsApiTest, AReaderThatTakesNothingIsCutOff) {
  write("one");
  const auto reader = exchange("GET", "/v1/functions/hello/logs");
  reader->stop_reading();
  const auto done = loop_.start(Follower::serve(*this, *reader));
  loop_.run_until([&] { return !reader->answered().body.empty(); });
  reader->pass_deadline();
  EXPECT_TRUE(loop_.finish(done));
  EXPECT_TRUE(reader->aborted());
  EXPECT_FALSE(reader->answered().finished);
}

TEST_F(LogsApiTest, AnOwnerHasSoManyStreams) {
  constexpr int kMost = 32;
  std::vector<std::unique_ptr<Follower>> followers;
  followers.reserve(kMost + 1);
  for (int i = 0; i < kMost; ++i) followers.push_back(std::make_unique<Follower>(*this));
  loop_.run_until(
      [&] { return std::ranges::all_of(followers, [](const auto& one) { return one->exchange->waits() > 0; }); });
  EXPECT_EQ(code(read("", {{"accept", "text/event-stream"}})), "too_many_requests");
  EXPECT_EQ(read().status, 200) << "reads are counted apart";
  followers.front()->exchange->leave();
  EXPECT_TRUE(loop_.finish(followers.front()->done));
  Follower next(*this);
  loop_.run_until([&] { return next.exchange->head_sent(); });
  EXPECT_EQ(next.exchange->answered().status, 200);
  followers.push_back(std::make_unique<Follower>(std::move(next)));
  for (const auto& one : followers) {
    one->exchange->drain();
    EXPECT_TRUE(loop_.finish(one->done));
  }
}

}  // namespace
}  // namespace faasta::api
