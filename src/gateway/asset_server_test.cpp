#include "gateway/asset_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <deque>
#include <string>

#include "base/asset_manifest.hpp"
#include "base/file.hpp"
#include "unit/scripted_exchange.hpp"
#include "unit/scripted_loop.hpp"
#include "unit/test_store.hpp"

namespace faasta::gateway {
namespace {

using Done = AssetServer::Done;

/// A manifest whose read waits until release(): a pipe in its place.
class SlowManifest {
 public:
  explicit SlowManifest(std::filesystem::path file) : file_(std::move(file)) {
    EXPECT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  }
  SlowManifest(const SlowManifest&) = delete;
  SlowManifest& operator=(const SlowManifest&) = delete;
  ~SlowManifest() {
    release();
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);  // a read that has not begun fails
  }
  void release() { writer_ = FileDescriptor(::open(file_.c_str(), O_RDWR | O_CLOEXEC)); }

 private:
  std::filesystem::path file_;
  FileDescriptor writer_;
};

class AssetServerTest : public testing::Test {
 protected:
  void place(const std::string& bytes) {
    EXPECT_TRUE(replace_file(store_.artifacts().asset(sha256(bytes)), bytes, 0600, Durable::no));
  }
  /// A function that has one file, at the path /a. Its owner may send one request a second, with a burst of one.
  Target target_with(const std::string& content) {
    AssetManifest manifest;
    manifest.add("/a", sha256(content), static_cast<std::uint32_t>(content.size()), "text/plain");
    const std::string text = to_json(manifest);
    place(content);
    place(text);
    return target_of(text);
  }
  Target target_of(const std::string& manifest) {
    Target out;
    out.deployed.owner = OwnerId{1};
    out.deployed.settings.assets = sha256(manifest);
    out.share = std::make_shared<OwnerShare>(quota_, 1);
    return out;
  }
  static void use_up(const Target& target) {
    while (!target.share->take_request(http::client_at(asio::ip::make_address("192.0.2.1")))) continue;
  }
  void ask(const std::string& path) { exchange_.emplace(loop_, "GET", path); }
  /// Begins the answer. The result is empty while the answer is under way.
  auto begin(const Target& target) { return loop_.begin(server_.answer(*exchange_, target, "hello", false)); }
  Result<Done> answer(const Target& target, const std::string& path) {
    ask(path);
    const auto done = begin(target);
    loop_.run_until([&done] { return done->has_value(); });
    return **done;
  }

  store::Quota quota_;
  test::TestStore store_;
  test::ScriptedLoop loop_;
  std::optional<test::ScriptedExchange> exchange_;
  AssetServer server_{store_.artifacts(), false};
};

TEST_F(AssetServerTest, ARequestIsCountedOnceAndBeforeItsManifestIsRead) {
  quota_.requests_per_second = 1;
  const Target target = target_with("content");
  EXPECT_EQ(answer(target, "/nothing"), Done::counted) << "the manifest was read";
  EXPECT_EQ(answer(target, "/nothing"), Done::nothing) << "the manifest is in memory; the function counts its call";
  use_up(target);
  EXPECT_EQ(answer(target, "/a").error().code, Code::owner_rate);

  const Target other = target_with("other");
  std::filesystem::remove(store_.artifacts().asset(*other.deployed.settings.assets));
  use_up(other);
  EXPECT_EQ(answer(other, "/a").error().code, Code::owner_rate) << "the disk is not asked";
}

TEST_F(AssetServerTest, AMethodThatTheFunctionAnswersReadsNoManifest) {
  const Target target = target_with("content");
  std::filesystem::remove(store_.artifacts().asset(*target.deployed.settings.assets));
  exchange_.emplace(loop_, "POST", "/a");
  const auto done = begin(target);
  ASSERT_TRUE(done->has_value()) << "at once";
  EXPECT_EQ(**done, Done::nothing);
}

/// An owner has versions with large manifests, and a stranger asks for one after the other.
TEST_F(AssetServerTest, ManifestsOfOneOwnerDoNotHoldUpOthers) {
  Target other = target_with("content");
  other.deployed.owner = OwnerId{2};
  std::deque<Target> targets;
  std::deque<SlowManifest> slow;
  std::deque<test::ScriptedExchange> exchanges;
  std::vector<test::Pending<Result<Done>>> waiting;
  for (const char* text : {"one", "two", "three", "four"}) {
    targets.push_back(target_of(text));
    slow.emplace_back(store_.artifacts().asset(sha256(text)));
    exchanges.emplace_back(loop_, "GET", "/a");
    waiting.push_back(loop_.begin(server_.answer(exchanges.back(), targets.back(), "hello", false)));
  }
  EXPECT_EQ(answer(other, "/a"), Done::answered);
  EXPECT_EQ(exchange_->answered().body, "content");
  for (const auto& one : waiting) EXPECT_FALSE(one->has_value());
  for (SlowManifest& one : slow) one.release();
  for (const auto& one : waiting) EXPECT_EQ(loop_.finish(one).error().code, Code::asset_damaged);
}

/// A manifest of before the limit of the sum: 100 patterns that match, each with 30 fields of 4 KiB, were a head of
/// 12 MB.
TEST_F(AssetServerTest, AStoredManifestDoesNotMakeAHugeHead) {
  AssetManifest manifest;
  manifest.add("/aaaaaaaaaaaaaaaaaaaa", sha256("content"), 7, "text/plain");
  for (std::size_t i = 0; i < 20; ++i) {
    auto& entry = manifest.headers.emplace_back("/" + std::string(i, 'a') + "*");
    for (int n = 0; n < 30; ++n)
      entry.fields.emplace_back("x-" + std::to_string(i) + "-" + std::to_string(n), std::string(200, 'v'));
  }
  const std::string text = to_json(manifest);
  place("content");
  place(text);
  EXPECT_EQ(answer(target_of(text), "/aaaaaaaaaaaaaaaaaaaa").error().code, Code::assets_invalid);
  EXPECT_TRUE(exchange_->answered().fields.empty());
}

TEST_F(AssetServerTest, TheOwnersFieldsReplaceTheServers) {
  AssetManifest manifest;
  manifest.add("/a.html", sha256("content"), 7, "text/plain");
  manifest.headers = {{"/*", {{"x", "1"}, {"cache-control", "no-cache"}}}, {"/a*", {{"x", "2"}}}};
  const std::string text = to_json(manifest);
  place("content");
  place(text);
  EXPECT_EQ(answer(target_of(text), "/a.html"), Done::answered);
  const auto& answered = exchange_->answered();
  EXPECT_EQ(answered.field("x"), "2");
  EXPECT_EQ(answered.field("cache-control"), "no-cache");
  EXPECT_EQ(std::ranges::count(answered.fields, "x", &Field::name), 1);
  EXPECT_EQ(std::ranges::count(answered.fields, "cache-control", &Field::name), 1);
}

TEST_F(AssetServerTest, AClientThatReadsTooSlowlyGetsNoMore) {
  constexpr std::size_t kMinuteOfBytes = 60 * (16U << 10U);
  const std::string content(4 * kMinuteOfBytes, 'x');
  const Target target = target_with(content);
  const SteadyTime start = std::chrono::steady_clock::now();
  const auto left = [&] { return exchange_->deadline() - start; };
  ask("/a");
  exchange_->set_most_room(test::ScriptedExchange::kMostQueued);
  exchange_->stop_reading();
  const auto done = begin(target);
  loop_.run_until([&] { return exchange_->waits() > 0; });
  EXPECT_GE(left(), std::chrono::seconds(60));
  EXPECT_LT(left(), std::chrono::seconds(90));
  const unsigned waits = exchange_->waits();
  exchange_->take(2 * kMinuteOfBytes);
  loop_.run_until(
      [&] { return exchange_->waits() > waits && exchange_->received_by_client().size() >= 2 * kMinuteOfBytes; });
  EXPECT_GE(left(), std::chrono::seconds(180)) << "a client that reads has more time";
  EXPECT_FALSE(done->has_value());
  exchange_->pass_deadline();
  loop_.run_until([&done] { return done->has_value(); });
  EXPECT_TRUE(exchange_->answered().aborted);
  EXPECT_LT(exchange_->answered().body.size(), content.size());
}

TEST_F(AssetServerTest, AClientThatReadsToTheEndHasNoDeadlineAfterIt) {
  const std::string content(1U << 20U, 'x');
  const Target target = target_with(content);
  ask("/a");
  const auto done = begin(target);
  loop_.run_until([&done] { return done->has_value(); });
  EXPECT_EQ(exchange_->answered().body.size(), content.size());
  EXPECT_TRUE(exchange_->answered().finished);
  EXPECT_EQ(exchange_->deadline(), SteadyTime::max());
}

}  // namespace
}  // namespace faasta::gateway
