#include "deploy/deployer.hpp"

#include <gtest/gtest.h>

#include <future>

#include "unit/scripted_deploy.hpp"

namespace faasta::deploy {
namespace {

using test::ScriptedProbe;
using test::ScriptedSource;

/// Uses a real catalog and real files. The compiler, the body and the probe are scripted.
class DeployerTest : public testing::Test {
 protected:
  DeployerTest() { start({}); }

  void start(Deployer::Options options) {
    deployer_.emplace(
        Deployer::Parts{store_.catalog(), store_.releases(), store_.artifacts(), assets_, compiler_.function(),
                        [this](std::string_view name) {
                          changed_.emplace_back(name);
                          when_changed_();
                        },
                        [this](OwnerId, const FunctionName&, const FunctionSettings& settings) {
                          return Result<std::vector<std::string>>(has_secrets_ ? std::vector<std::string>()
                                                                               : settings.required_secrets);
                        }},
        std::move(options));
  }
  static Order order(OwnerId owner = kSingleOwner, std::string_view name = "hello") {
    Order out{{owner}, *FunctionName::parse(name), {}, {}, 0, {}};
    return out;
  }
  static Probe answers(Result<> result) {
    return [result = std::move(result)](const Sha256&) { return give(result); };
  }
  static Task<Result<>> give(Result<> result) { co_return result; }

  Result<Outcome> run(const Order& order, ScriptedSource& source, const Probe& probe) {
    return loop_.run(deployer_->run(order, source.function(), probe));
  }
  Result<Outcome> deploy(const Order& order, std::string bytes, const Probe& probe = answers({})) {
    ScriptedSource source({std::move(bytes)});
    return run(order, source, probe);
  }
  /// Deploys a version without the deployer, as if another client had deployed it.
  store::Activated other_deploy(std::string_view bytes, std::vector<std::string> imports) {
    const store::NewVersion version{sha256(bytes), bytes.size(), 1, std::move(imports), {}, {}};
    return test::value_of(store_.catalog().deploy({kSingleOwner}, *FunctionName::parse("hello"), version, {}));
  }
  std::uint32_t active() {
    return test::value_of(store_.catalog().function(kSingleOwner, *FunctionName::parse("hello"))).version;
  }

  test::TestStore store_;
  test::ScriptedLoop loop_;
  test::ScriptedCompiler compiler_{store_.artifacts()};
  std::vector<std::string> changed_;
  bool has_secrets_ = true;
  std::function<void()> when_changed_ = [] {};
  AssetUploads assets_{store_.catalog(), store_.artifacts()};
  std::optional<Deployer> deployer_;
};

/// One deploy that a test can stop at any stage, while other deploys run.
struct Held {
  Held(test::ScriptedLoop& loop, Deployer& deployer, Order what, std::string bytes)
      : order(std::move(what)), parts({std::move(bytes)}), probe(loop) {
    done = loop.start(deployer.run(order, source, ask));
  }
  Order order;
  ScriptedSource parts;
  ScriptedProbe probe;
  Source source = parts.function();
  Probe ask = probe.function();
  test::Pending<Result<Outcome>> done;
};

TEST_F(DeployerTest, ANewFunctionThenANewVersion) {
  Order first = order();
  first.message = "the first";
  first.settings.outbound = {"https://example.com"};
  ScriptedSource source({"by", "t", "es"});
  const auto made = run(first, source, answers({}));
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->version, 1U);
  EXPECT_FALSE(made->previous);
  EXPECT_FALSE(made->change) << "there was none before";
  EXPECT_FALSE(made->unchanged);
  EXPECT_EQ(made->sha256, sha256("bytes"));
  EXPECT_EQ(made->size, 5U);
  EXPECT_EQ(made->compiled_size, 4U);
  EXPECT_TRUE(store_.artifacts().has_component(made->sha256));
  EXPECT_EQ(changed_, std::vector<std::string>{"hello"});
  EXPECT_EQ(store_.catalog().versions(kSingleOwner, first.name)->front().message, "the first");

  const auto next = deploy(order(), "others");
  ASSERT_TRUE(next) << next.error().detail;
  EXPECT_EQ(next->version, 2U);
  EXPECT_EQ(next->previous, 1U);
  EXPECT_EQ(next->change->removed.outbound, std::vector<std::string>{"https://example.com"});
  EXPECT_EQ(store_.files(), 4U);
}

TEST_F(DeployerTest, PackagesOfAComponentGoToTheCatalog) {
  compiler_.report.dependencies =
      policy::DependencyList{{{"wstd", "0.6.8", "crates.io", policy::Kind::runtime, {}, false}}};
  ASSERT_TRUE(deploy(order(), "bytes"));
  std::vector<std::string> seen;
  ASSERT_TRUE(store_.catalog().for_each_use("wstd", [&](const store::PackageUse& use) {
    seen.push_back(use.function + " " + use.package.version + " " + use.package.source);
  }));
  EXPECT_EQ(seen, std::vector<std::string>{"hello 0.6.8 crates.io"});
}

TEST_F(DeployerTest, TheSameBytesAndSettingsAgainChangeNothing) {
  ASSERT_TRUE(deploy(order(), "bytes"));
  const auto again = deploy(order(), "bytes");
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(again->unchanged);
  EXPECT_EQ(again->version, 1U);
  EXPECT_EQ(again->compiled_size, 4U);
  EXPECT_FALSE(again->change);
  EXPECT_EQ(compiler_.compiled(), 1U);
  EXPECT_EQ(store_.files(), 2U);

  Order other = order();
  other.settings.limits.cpu = std::chrono::milliseconds(7);
  EXPECT_EQ(deploy(other, "bytes")->version, 2U) << "other settings are another version";
}

TEST_F(DeployerTest, ADamagedComponentIsDeployedOnceMore) {
  ASSERT_TRUE(deploy(order(), "bytes"));
  ASSERT_TRUE(replace_file(store_.artifacts().component(sha256("bytes")), "bites", 0600, Durable::no));
  const auto again = deploy(order(), "bytes");
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->version, 2U);
  EXPECT_TRUE(store_.artifacts().has_component(sha256("bytes")));
}

TEST_F(DeployerTest, OtherBytesThanDeclaredAreNotCompiled) {
  Order wrong = order();
  wrong.declared = sha256("others");
  const auto refused = deploy(wrong, "bytes");
  EXPECT_EQ(refused.error().code, Code::digest_mismatch);
  EXPECT_EQ(refused.error().detail, "the bytes have the digest " + sha256("bytes").hex());
  EXPECT_EQ(compiler_.compiled(), 0U);
  EXPECT_EQ(store_.files(), 0U);
  wrong.declared = sha256("bytes");
  EXPECT_TRUE(deploy(wrong, "bytes"));
}

TEST_F(DeployerTest, AClientThatGoesLeavesNothing) {
  ScriptedSource source({"some", "of it"}, Error{Code::body_incomplete, "it broke off"});
  const auto refused = run(order(), source, answers({}));
  EXPECT_EQ(refused.error().code, Code::body_incomplete);
  EXPECT_EQ(compiler_.compiled(), 0U);
  EXPECT_EQ(store_.files(), 0U);

  ASSERT_TRUE(deploy(order(), "old"));
  const auto later = deploy(order(), "new", answers(fail(Code::body_incomplete, "the client went away")));
  EXPECT_EQ(later.error().code, Code::deploy_not_answering);
  EXPECT_EQ(store_.files(), 2U);
}

TEST_F(DeployerTest, AComponentThatIsAnnouncedAsTooLargeIsNotTaken) {
  Deployer::Options options;
  options.component_bytes = 10;
  start(options);
  Order large = order();
  large.size = 11;
  ScriptedSource source({"bytes"});
  const auto refused = run(large, source, answers({}));
  EXPECT_EQ(refused.error().code, Code::component_too_large);
  EXPECT_FALSE(source.asked());
  large.size = 10;
  EXPECT_TRUE(deploy(large, "bytes"));
}

TEST_F(DeployerTest, ACompileThatFailsLeavesNothing) {
  compiler_.failure = Error{Code::component_malformed, "at byte 3"};
  const auto refused = deploy(order(), "bytes");
  EXPECT_EQ(refused.error().code, Code::component_malformed);
  EXPECT_EQ(store_.files(), 0U);
  EXPECT_TRUE(changed_.empty());
}

TEST_F(DeployerTest, WhatThePolicyRefusesLeavesNothing) {
  Deployer::Options options;
  options.policy.denied_imports = {"wasi:cli/exit"};
  start(options);
  ASSERT_TRUE(deploy(order(), "old"));
  compiler_.report.imports.emplace_back("wasi:cli/exit@0.2.0");
  ScriptedProbe probe(loop_);
  const auto refused = deploy(order(), "bytes", probe.function());
  EXPECT_EQ(refused.error().code, Code::component_refused_import);
  EXPECT_FALSE(probe.asked());
  EXPECT_EQ(store_.files(), 2U);
  EXPECT_EQ(active(), 1U);
}

TEST_F(DeployerTest, AVersionThatAsksForMoreIsRefusedBeforeItRuns) {
  ASSERT_TRUE(deploy(order(), "old"));
  compiler_.report.imports.emplace_back("wasi:cli/exit@0.2.0");
  ScriptedProbe probe(loop_);
  const auto refused = deploy(order(), "new", probe.function());
  EXPECT_EQ(refused.error().code, Code::new_capabilities);
  EXPECT_FALSE(probe.asked());
  EXPECT_EQ(store_.files(), 2U);
  Order meant = order();
  meant.allow_new = true;
  EXPECT_EQ(deploy(meant, "new")->change->added.imports, std::vector<std::string>{"wasi:cli/exit"});
}

TEST_F(DeployerTest, AVersionThatDoesNotAnswerLeavesTheOldOne) {
  const Result<> trapped = fail(Code::wall_limit, "no answer came in time");
  const auto first = deploy(order(), "bytes", answers(trapped));
  EXPECT_EQ(first.error().code, Code::deploy_not_answering);
  EXPECT_EQ(first.error().detail, "GET / ended in " + std::string(info(Code::wall_limit).id) + " " +
                                      std::string(info(Code::wall_limit).title) + "\nno answer came in time");
  EXPECT_EQ(store_.files(), 0U);
  ASSERT_TRUE(deploy(order(), "old"));
  const auto second = deploy(order(), "bytes", answers(fail(Code::no_response)));
  EXPECT_TRUE(second.error().detail.ends_with("\nversion 1 goes on serving")) << second.error().detail;
  EXPECT_EQ(active(), 1U);
  EXPECT_EQ(store_.files(), 2U);
  EXPECT_EQ(changed_.size(), 1U);
}

TEST_F(DeployerTest, ItsPhaseIsKnownWhileItIsUnderWay) {
  std::vector<std::string> phases;
  const auto note = [&] {
    for (const Underway::State& state : deployer_->underway(kSingleOwner, "hello"))
      phases.emplace_back(to_text(state.phase));
  };
  compiler_.meanwhile = [&](const Sha256&) { note(); };
  when_changed_ = note;
  Held one(loop_, *deployer_, order(), "bytes");
  EXPECT_EQ(deployer_->underway(kSingleOwner, "other").size(), 0U);
  loop_.run_until([&] { return one.probe.asked(); });
  note();
  one.probe.answer({});
  ASSERT_TRUE(loop_.finish(one.done));
  EXPECT_EQ(phases, (std::vector<std::string>{"compiling", "probing", "activating"}));
  EXPECT_TRUE(deployer_->underway(kSingleOwner, "hello").empty());
}

TEST_F(DeployerTest, ADeployThatComesAfterAnotherCompileWaits) {
  start({.compiles_at_once = 1, .quota = {}, .policy = {}});
  std::promise<void> held;
  compiler_.meanwhile = [gate = held.get_future().share()](const Sha256&) { gate.wait(); };
  Held first(loop_, *deployer_, order(), "one");
  Held second(loop_, *deployer_, order(), "two");
  const auto phase_of = [&](std::size_t index) {
    const auto all = deployer_->underway(kSingleOwner, "hello");
    return index < all.size() ? std::string(to_text(all[index].phase)) : std::string();
  };
  loop_.run_until([&] {
    return (phase_of(0) == "compiling" && phase_of(1) == "waiting") ||
           (phase_of(0) == "waiting" && phase_of(1) == "compiling");
  });
  held.set_value();
  loop_.run_until([&] { return first.probe.asked() && second.probe.asked(); });
  first.probe.answer({});
  second.probe.answer({});
  EXPECT_TRUE(loop_.finish(first.done));
  EXPECT_TRUE(loop_.finish(second.done));
}

TEST_F(DeployerTest, WhoDoesNotWantItVerifiedIsNotAsked) {
  Order unverified = order();
  unverified.verify = false;
  EXPECT_TRUE(deploy(unverified, "bytes", answers(fail(Code::wall_limit))));
}

/// Another version becomes active between the compile and the activation. This version has fewer capabilities.
TEST_F(DeployerTest, TheLockHoldsAgainstTheVersionThatIsActiveInTheEnd) {
  compiler_.report.imports = {"wasi:cli/exit@0.2.0"};
  ASSERT_TRUE(deploy(order(), "old"));
  Held slow(loop_, *deployer_, order(), "new");
  loop_.run_until([&] { return slow.probe.asked(); });
  other_deploy("winner", {});
  slow.probe.answer({});
  const auto refused = loop_.finish(slow.done);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::new_capabilities);
  EXPECT_EQ(active(), 2U);
  EXPECT_FALSE(store_.artifacts().has_component(sha256("new")));
}

TEST_F(DeployerTest, TwoAtOnceBothBecomeVersionsInTheOrderOfTheirEnd) {
  ASSERT_TRUE(deploy(order(), "old"));
  Held first(loop_, *deployer_, order(), "one");
  Held second(loop_, *deployer_, order(), "two");
  loop_.run_until([&] { return first.probe.asked() && second.probe.asked(); });
  second.probe.answer({});
  EXPECT_EQ(loop_.finish(second.done)->version, 2U);
  first.probe.answer({});
  const auto last = loop_.finish(first.done);
  EXPECT_EQ(last->version, 3U);
  EXPECT_EQ(last->previous, 2U);
}

/// The first deploy fails while the second is under way. When the first ends, it must not delete the second's files.
TEST_F(DeployerTest, TheSameBytesTwiceAtOnce) {
  Held first(loop_, *deployer_, order(), "bytes");
  Held second(loop_, *deployer_, order(), "bytes");
  loop_.run_until([&] { return first.probe.asked() && second.probe.asked(); });
  first.probe.answer(fail(Code::wall_limit));
  EXPECT_FALSE(loop_.finish(first.done));
  EXPECT_TRUE(store_.artifacts().has_component(sha256("bytes")));
  second.probe.answer({});
  EXPECT_TRUE(loop_.finish(second.done));
  EXPECT_EQ(store_.files(), 2U);
}

/// The function is deleted as soon as it is active, while its files are still pinned.
TEST_F(DeployerTest, AFunctionThatIsDeletedAtOnceLeavesNothing) {
  when_changed_ = [this] {
    const auto removed = store_.catalog().remove({kSingleOwner}, *FunctionName::parse("hello"));
    for (const Sha256& sha256 : removed->dropped) store_.artifacts().collect(sha256, store_.catalog());
  };
  ASSERT_TRUE(deploy(order(), "bytes"));
  EXPECT_EQ(store_.files(), 0U);
}

TEST_F(DeployerTest, VersionsThatAreNotKeptTakeTheirFilesAlong) {
  Deployer::Options options;
  options.quota.kept_versions = 2;
  start(options);
  for (const char* bytes : {"one", "two", "three"}) ASSERT_TRUE(deploy(order(), bytes));
  EXPECT_EQ(store_.files(), 4U);
  EXPECT_FALSE(store_.artifacts().has_component(sha256("one")));
}

TEST_F(DeployerTest, AnOwnerHasSoManyAtOnceFromTheFirstByteOn) {
  Deployer::Options options;
  options.at_once_per_owner = 1;
  start(options);
  Held first(loop_, *deployer_, order(), "one");
  loop_.run_until([&] { return first.probe.asked(); });
  ScriptedSource source({"two"});
  const auto refused = run(order(), source, answers({}));
  EXPECT_EQ(refused.error().code, Code::too_many_deploys);
  EXPECT_GT(refused.error().retry_after.count(), 0);
  EXPECT_FALSE(source.asked());
  first.probe.answer({});
  EXPECT_TRUE(loop_.finish(first.done));
  EXPECT_TRUE(run(order(), source, answers({})));
}

TEST_F(DeployerTest, AllTogetherHaveSoManyOnceTheirBytesAreThere) {
  Deployer::Options options;
  options.at_once = 1;
  start(options);
  Held first(loop_, *deployer_, order(), "one");
  loop_.run_until([&] { return first.probe.asked(); });
  ScriptedSource source({"two"});
  EXPECT_EQ(run(order(), source, answers({})).error().code, Code::too_many_deploys);
  EXPECT_TRUE(source.asked());
  EXPECT_EQ(compiler_.compiled(), 1U);
  EXPECT_EQ(store_.files(), 2U) << "those of the first";
  first.probe.answer({});
  EXPECT_TRUE(loop_.finish(first.done));
}

TEST_F(DeployerTest, AttemptsAreCountedWhetherTheyFailOrNot) {
  Order counted = order();
  counted.hourly_quota = 1;
  EXPECT_FALSE(deploy(counted, "one", answers(fail(Code::wall_limit))));
  EXPECT_FALSE(deploy(counted, "two", answers(fail(Code::wall_limit))));
  const auto refused = deploy(counted, "three");
  EXPECT_EQ(refused.error().code, Code::quota_deploys);
  EXPECT_EQ(refused.error().detail, "2 attempts an hour");
}

TEST_F(DeployerTest, WhatCouldNotBeDeployedIsNotReceived) {
  const auto ada = test::value_of(store_.accounts().sign_in(7, "ada", {sha256("t"), "t", "admin", {}}, "browser"));
  ASSERT_TRUE(deploy(order(), "bytes"));
  ScriptedSource source({"bytes"});
  EXPECT_EQ(run(order(ada.account.id), source, answers({})).error().code, Code::name_taken);
  EXPECT_FALSE(source.asked());
  EXPECT_EQ(compiler_.compiled(), 1U);
}

/// The second deploy waits while the first one is probed, so the quota that it is checked against is right.
TEST_F(DeployerTest, AQuotaThatAnotherDeployUsesUpRefusesBeforeTheCompile) {
  Deployer::Options options;
  options.compiles_of_owner = 1;
  options.quota.functions = 1;
  start(options);
  Held first(loop_, *deployer_, order(kSingleOwner, "first"), "bytes");
  loop_.run_until([&] { return first.probe.asked(); });
  Held second(loop_, *deployer_, order(kSingleOwner, "second"), "others");
  loop_.run_until([&] { return deployer_->compiles().waiting == 1; });
  first.probe.answer({});
  EXPECT_TRUE(loop_.finish(first.done));
  const auto refused = loop_.finish(second.done);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::quota_functions);
  EXPECT_EQ(compiler_.compiled(), 1U);
  EXPECT_EQ(deployer_->compiles().waiting, 0U);
}

TEST_F(DeployerTest, OneCompileOfAnOwnerLeavesAnotherOwnerAThread) {
  const auto ada = test::value_of(store_.accounts().sign_in(7, "ada", {sha256("t"), "t", "admin", {}}, "browser"));
  Deployer::Options options;
  options.compiles_of_owner = 1;
  start(options);
  Held first(loop_, *deployer_, order(), "bytes");
  loop_.run_until([&] { return first.probe.asked(); });
  Held second(loop_, *deployer_, order(kSingleOwner, "second"), "others");
  loop_.run_until([&] { return deployer_->compiles().waiting == 1; });
  EXPECT_TRUE(deploy(order(ada.account.id, "theirs"), "more")) << "it does not wait behind the second";
  EXPECT_FALSE(second.probe.asked());
  first.probe.answer({});
  EXPECT_TRUE(loop_.finish(first.done));
  loop_.run_until([&] { return second.probe.asked(); });
  second.probe.answer({});
  EXPECT_TRUE(loop_.finish(second.done));
}

TEST_F(DeployerTest, CompilesUseUpTheOwnersTimeAlsoWhenTheyFail) {
  compiler_.cpu_time = std::chrono::seconds(70);
  compiler_.failure = Error{Code::component_malformed, {}};
  Order asked = order();
  asked.compile_seconds = 60;
  EXPECT_EQ(deploy(asked, "bytes").error().code, Code::component_malformed);
  const auto refused = deploy(asked, "others");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::quota_compiles);
  // 10 s of debt and 1 s for the next compile, at 60 s an hour
  EXPECT_GT(refused.error().retry_after, std::chrono::minutes(10));
  EXPECT_LE(refused.error().retry_after, std::chrono::minutes(11));
  EXPECT_EQ(compiler_.compiled(), 1U);
  EXPECT_EQ(deployer_->compiles().used, std::chrono::seconds(70));
  asked.compile_seconds = 0;
  EXPECT_EQ(deploy(asked, "others").error().code, Code::component_malformed) << "0 is no limit";
}

}  // namespace
}  // namespace faasta::deploy
