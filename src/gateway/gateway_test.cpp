// The gateway with a real catalog, real artifacts and real guests; the exchange is scripted.

#include "gateway/gateway.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/json.hpp"
#include "store/accounts.hpp"
#include "store/connections.hpp"
#include "unit/guests.hpp"
#include "unit/scripted_exchange.hpp"
#include "unit/scripted_loop.hpp"

namespace faasta::gateway {
namespace {

using test::Guests;
using test::ScriptedExchange;

class GatewayTest : public testing::Test {
 protected:
  static GatewayOptions quiet() {
    GatewayOptions out;
    out.access_log = false;
    return out;
  }
  Gateway& gateway() {
    if (!gateway_) gateway_.emplace(parts(), options_);
    return *gateway_;
  }
  Gateway::Parts parts() {
    return {Guests::engine(),
            *catalog_,
            *artifacts_,
            writer_,
            metrics_,
            [this](const Sha256& sha256) {
              rebuilt_.push_back(sha256);
              return hopeless_;
            },
            [this](OwnerId) -> Result<store::Quota> { return quota_; },
            [this](OwnerId owner, std::string_view function, const FunctionSettings& settings) {
              return vault_.open(owner, function, settings);
            }};
  }
  Sha256 deploy(const std::string& name, const std::string& guest) {
    const std::string wasm = Guests::bytes(guest);
    const Sha256 digest = sha256(wasm);
    if (!std::filesystem::exists(artifacts_->compiled(digest))) Guests::compile(wasm, artifacts_->compiled(digest));
    store::NewVersion version{digest, wasm.size(), 1, {}, settings_, ""};
    EXPECT_TRUE(catalog_->deploy({kSingleOwner}, *FunctionName::parse(name), version, store::Quota{}).has_value());
    gateway().forget(name);
    return digest;
  }
  ScriptedExchange& request(std::string_view target = "/") {
    exchange_.emplace(loop_, "GET", std::string(target));
    return *exchange_;
  }
  /// Serves one request to its end.
  ScriptedExchange& serve(const std::string& name, std::string_view target = "/", const std::string& label = {}) {
    ScriptedExchange& exchange = request(target);
    const auto done = loop_.begin(gateway().serve(exchange, name, label));
    loop_.run_until([&done] { return done->has_value(); });
    static_cast<void>(loop_.begin(exchange.flush()));
    return exchange;
  }
  static std::string code_of(const ScriptedExchange& exchange) {
    return std::string(json::parse(exchange.received_by_client()).as_object().at("code").as_string());
  }
  /// Returns the log of the function with this name, after all its lines are written.
  std::string log_of(const std::string& name) {
    writer_.stop();
    std::string out;
    const auto id = (*catalog_->find(name, {}))->function;
    for (const std::string& line : store_->read(id, 0, 1U << 20U)->lines) out += line + "\n";
    return out;
  }

  test::TemporaryFolder folder_;
  std::shared_ptr<store::Connections> connections_ = *store::Connections::open({folder_.path()});
  std::unique_ptr<store::Catalog> catalog_ = *store::Catalog::open(connections_);
  std::unique_ptr<store::Artifacts> artifacts_ =
      *store::Artifacts::open(folder_.path(), Guests::engine()->fingerprint());
  std::unique_ptr<store::LogStore> store_ = *store::LogStore::open(folder_.path() / "logs.db");
  secrets::Vault vault_{store::Secrets(connections_), folder_.path() / "secrets.key", true};
  LogWriter writer_{*store_};
  metrics::Registry metrics_{10};
  GatewayOptions options_ = quiet();
  FunctionSettings settings_;
  store::Quota quota_;
  std::optional<Error> hopeless_;
  std::vector<Sha256> rebuilt_;
  test::ScriptedLoop loop_;
  std::optional<ScriptedExchange> exchange_;
  std::optional<Gateway> gateway_;
};

TEST_F(GatewayTest, AnswersAndCountsAndLogs) {
  deploy("hello", "hello-wat");
  EXPECT_EQ(serve("hello").answered().status, 200);
  EXPECT_EQ(exchange_->received_by_client(), "hi\n");
  EXPECT_EQ(serve("hello", "/", "v1").answered().status, 200);
  EXPECT_EQ(gateway().loaded(), 1U);
  EXPECT_GT(gateway().loaded_bytes(), 0U);
  EXPECT_EQ(gateway().running(), 0U);
  const std::string log = log_of("hello");
  EXPECT_NE(log.find("\"cold\":true"), std::string::npos);
  EXPECT_NE(log.find("\"cold\":false"), std::string::npos);
}

TEST_F(GatewayTest, TellsWhatIsNotThere) {
  deploy("hello", "hello-wat");
  EXPECT_EQ(serve("nobody").answered().status, 404);
  EXPECT_EQ(serve("hello", "/", "v9").answered().status, 404);
}

TEST_F(GatewayTest, InventedLabelsAreAnsweredLaterAfterAWhile) {
  deploy("hello", "hello-wat");
  bool later = false;
  for (int i = 0; i < 1000 && !later; ++i) {
    const auto done = loop_.begin(gateway().serve(request(), "hello", "v9"));
    later = !done->has_value();
    loop_.run_until([&done] { return done->has_value(); });
  }
  EXPECT_TRUE(later);
  EXPECT_EQ(serve("hello", "/", "v1").answered().status, 200);
}

TEST_F(GatewayTest, AFailureIsToldByItsKindAndLoggedWithItsWords) {
  deploy("trap", "trap");
  EXPECT_EQ(serve("trap", "/before").answered().status, 500);
  EXPECT_EQ(exchange_->received_by_client().find("boom"), std::string::npos);
  EXPECT_NE(log_of("trap").find("\"outcome\":\"guest_trap\""), std::string::npos);
}

TEST_F(GatewayTest, RefusesABodyThatIsTooLargeBeforeItIsSent) {
  deploy("echo", "echo");
  exchange_.emplace(loop_, "POST", "/", std::vector<Field>{{"content-length", "1000000000000"}});
  const auto done = loop_.begin(gateway().serve(*exchange_, "echo", {}));
  EXPECT_TRUE(done->has_value());
  static_cast<void>(loop_.begin(exchange_->flush()));
  EXPECT_EQ(exchange_->answered().status, 413);
  EXPECT_FALSE(exchange_->accepted_body());
}

TEST_F(GatewayTest, LimitsCallsAtOnceOfOneFunction) {
  options_.calls_per_function = 1;
  options_.waiting = 0;
  deploy("sleep", "sleep");
  ScriptedExchange first(loop_, "GET", "/?ms=60000");
  const auto running = loop_.begin(gateway().serve(first, "sleep", {}));
  loop_.run_until([this] { return gateway().running() == 1; });
  EXPECT_EQ(serve("sleep").answered().status, 429);
  first.leave();
  loop_.run_until([&running] { return running->has_value(); });
  EXPECT_EQ(gateway().running(), 0U);
}

TEST_F(GatewayTest, LimitsTheRequestsOfAnOwner) {
  quota_.requests_per_second = 1;
  quota_.concurrent_calls = 5;
  deploy("hello", "hello-wat");
  EXPECT_EQ(serve("hello").answered().status, 200);
  EXPECT_EQ(serve("hello").answered().status, 429);
  EXPECT_TRUE(exchange_->answered().field("retry-after").has_value());
  gateway().forget_all();
  EXPECT_EQ(serve("hello").answered().status, 200) << "new figures begin anew";
}

/// Each look-up reads the catalog on the event loop. So the owner's rate limits it, and a failure is known for a
/// second.
TEST_F(GatewayTest, AMissingSecretIsCountedAndNotLookedUpForEachRequest) {
  settings_.required_secrets = {"KEY"};
  deploy("secret", "hello-wat");
  const SteadyTime begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(serve("secret").answered().status, 503);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
  EXPECT_LE(gateway().look_ups(), 1U + static_cast<std::uint64_t>(seconds.count()));
  quota_.requests_per_second = 1;
  gateway().forget_all();
  EXPECT_EQ(serve("secret").answered().status, 503);
  EXPECT_EQ(serve("secret").answered().status, 429);
  const Actor actor{kSingleOwner};
  ASSERT_TRUE(vault_.set(actor, *FunctionName::parse("secret"), {{"KEY", "value"}}, store::Quota{}));
  gateway().forget_all();
  EXPECT_EQ(serve("secret").answered().status, 200);
}

TEST_F(GatewayTest, EndsAChainOfRequestsThatComesBackTooOften) {
  deploy("hello", "hello-wat");
  const std::string chain = [] {
    std::string out = "faasta";
    for (int i = 0; i < 50; ++i) out += ", faasta";
    return out;
  }();
  exchange_.emplace(loop_, "GET", "/", std::vector<Field>{{"cdn-loop", chain}});
  const auto done = loop_.begin(gateway().serve(*exchange_, "hello", {}));
  loop_.run_until([&done] { return done->has_value(); });
  static_cast<void>(loop_.begin(exchange_->flush()));
  EXPECT_EQ(exchange_->answered().status, 508);
}

TEST_F(GatewayTest, CodeThatIsMissingOrAlteredIsMadeAnew) {
  const Sha256 digest = deploy("hello", "hello-wat");
  const auto file = artifacts_->compiled(digest);
  std::filesystem::remove(file);
  hopeless_ = Error{Code::rebuilding, "the last attempt failed", std::chrono::seconds(2)};  // no call waits
  EXPECT_EQ(serve("hello").answered().status, 503);
  EXPECT_TRUE(exchange_->answered().field("retry-after").has_value());
  EXPECT_EQ(rebuilt_, std::vector<Sha256>{digest});
  Guests::compile(Guests::bytes("hello-wat"), file);
  EXPECT_EQ(serve("hello").answered().status, 200);
  // A byte of the file changes on the disk. Loaded code still runs, but a new load is refused.
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(5000);
  bytes.put('\x5a');
  bytes.close();
  gateway().reload(digest);
  EXPECT_EQ(serve("hello").answered().status, 503);
  EXPECT_EQ(rebuilt_.size(), 2U);
  hopeless_ = Error{Code::component_ended_server, {}};
  EXPECT_EQ(code_of(serve("hello")), info(Code::component_ended_server).id);
}

TEST_F(GatewayTest, AProbeWantsAnyAnswer) {
  const auto probe = [this](const Sha256& digest) {
    const auto asked =
        loop_.begin(gateway().probe(request(), {"hello", "hello.localhost", digest, settings_, kSingleOwner}));
    loop_.run_until([&asked] { return asked->has_value(); });
    return **asked;
  };
  EXPECT_TRUE(probe(deploy("hello", "hello-wat")).has_value());
  EXPECT_TRUE(probe(deploy("trap", "trap")).has_value()) << "its 404 is an answer";
  settings_.limits.cpu = std::chrono::milliseconds(20);
  const Sha256 spin = deploy("spin", "spin");
  EXPECT_EQ(probe(spin).error().code, Code::cpu_limit);
  std::filesystem::remove(artifacts_->compiled(spin));
  gateway().reload(spin);
  hopeless_ = Error{Code::rebuilding, "the last attempt failed", std::chrono::seconds(2)};
  EXPECT_EQ(probe(spin).error().code, Code::rebuilding);
}

TEST_F(GatewayTest, AProbeEndsWithItsClientAndByItsDeadline) {
  const Sha256 digest = deploy("sleep", "sleep");
  for (const bool leaves : {true, false}) {
    ScriptedExchange& exchange = request();
    const auto asked =
        loop_.begin(gateway().probe(exchange, {"sleep", "sleep.localhost", digest, settings_, kSingleOwner}));
    if (leaves) {
      exchange.leave();
    } else {
      exchange.pass_deadline();
    }
    loop_.run_until([&asked] { return asked->has_value(); });
    EXPECT_EQ((*asked)->error().code, leaves ? Code::body_incomplete : Code::wall_limit);
  }
}

TEST_F(GatewayTest, WhatAGuestDoesAfterItsAnswerKeepsItsPlaceUntilItsEnd) {
  deploy("afterwards", "afterwards");
  const auto done = [this] {
    ScriptedExchange& exchange = request("/?ms=60000");
    return loop_.begin(gateway().serve(exchange, "afterwards", {}));
  }();
  loop_.run_until([&done] { return done->has_value(); });
  EXPECT_EQ(exchange_->answered().status, 200);
  EXPECT_EQ(loop_.outliving(), 1U);
  EXPECT_EQ(gateway().running(), 1U);
  http::Stoppable::for_each(loop_.loop().stoppables, [](http::Stoppable& item) { item.kill(); });
  loop_.run_until([this] { return loop_.outliving() == 0; });
  EXPECT_EQ(gateway().running(), 0U);
}

/// The janitor unloads functions that are not called. The next call works like the first call.
TEST_F(GatewayTest, WhatIsNotCalledIsUnloaded) {
  options_.loaded.idle = std::chrono::milliseconds(40);
  deploy("hello", "hello-wat");
  EXPECT_EQ(serve("hello").answered().status, 200);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (gateway().loaded() > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(gateway().loaded(), 0U);
  EXPECT_EQ(serve("hello").answered().status, 200);
}

}  // namespace
}  // namespace faasta::gateway
