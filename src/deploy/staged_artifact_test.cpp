#include "deploy/staged_artifact.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>

#include "unit/scripted_deploy.hpp"

namespace faasta::deploy {
namespace {

class StagedArtifactTest : public testing::Test {
 protected:
  std::unique_ptr<StagedArtifact> staged(std::string_view bytes) {
    auto out = test::value_of(StagedArtifact::create(store_.artifacts(), store_.catalog()));
    EXPECT_TRUE(out->write(bytes.substr(0, 1)) && out->write(bytes.substr(1)));
    out->finish();
    return out;
  }
  Result<compile::Report> compile(StagedArtifact& staged) {
    std::chrono::microseconds used{};
    return staged.compile(compiler_.function(), {}, used);
  }
  void make_version(std::string_view bytes) {
    const store::NewVersion version{sha256(bytes), bytes.size(), 1, {}, {}, {}};
    test::value_of(store_.catalog().deploy({kSingleOwner}, *FunctionName::parse("hello"), version, {}));
  }

  test::TestStore store_;
  test::ScriptedCompiler compiler_{store_.artifacts()};
};

TEST_F(StagedArtifactTest, AnUploadThatIsGivenUpLeavesNothing) {
  {
    const auto upload = staged("bytes");
    EXPECT_EQ(upload->sha256(), sha256("bytes"));
    EXPECT_EQ(upload->size(), 5U);
    EXPECT_EQ(store_.files(), 1U);
  }
  EXPECT_EQ(store_.files(), 0U);
}

TEST_F(StagedArtifactTest, WhatIsCompiledGoesUnlessAVersionUsesIt) {
  {
    const auto upload = staged("bytes");
    ASSERT_TRUE(compile(*upload));
    EXPECT_EQ(store_.files(), 2U) << "the component and its code, and no temporary file";
  }
  EXPECT_EQ(store_.files(), 0U);
  {
    const auto upload = staged("bytes");
    ASSERT_TRUE(compile(*upload));
    make_version("bytes");
  }
  EXPECT_EQ(store_.files(), 2U);
}

TEST_F(StagedArtifactTest, ACompileThatFailsLeavesNothing) {
  compiler_.failure = Error{Code::component_malformed, {}};
  {
    const auto upload = staged("bytes");
    EXPECT_EQ(compile(*upload).error().code, Code::component_malformed);
  }
  EXPECT_EQ(store_.files(), 0U);
}

/// collect() is called at each moment between the first file and the version.
TEST_F(StagedArtifactTest, NobodyCollectsWhatIsStaged) {
  const auto collect = [this](const Sha256& sha256) { store_.artifacts().collect(sha256, store_.catalog()); };
  compiler_.meanwhile = collect;
  {
    const auto upload = staged("bytes");
    collect(upload->sha256());
    ASSERT_TRUE(compile(*upload));
    collect(upload->sha256());
    store_.artifacts().collect_all(store_.catalog());
    EXPECT_EQ(store_.files(), 2U);
    make_version("bytes");
    collect(upload->sha256());
  }
  collect(sha256("bytes"));
  EXPECT_EQ(store_.files(), 2U);
}

/// Two deploys have the same bytes. When one ends, the other must keep its files.
TEST_F(StagedArtifactTest, TheLastOfTwoTakesTheFilesAlong) {
  auto first = staged("bytes");
  auto second = staged("bytes");
  ASSERT_TRUE(compile(*first) && compile(*second));
  first.reset();
  EXPECT_EQ(store_.files(), 2U);
  second.reset();
  EXPECT_EQ(store_.files(), 0U);
}

/// If a version is deleted while its files are pinned, they cannot be collected at that moment. They must not stay
/// afterwards.
TEST_F(StagedArtifactTest, AVersionThatIsDeletedMeanwhileLeavesNothing) {
  auto upload = staged("bytes");
  ASSERT_TRUE(compile(*upload));
  make_version("bytes");
  const auto removed = store_.catalog().remove({kSingleOwner}, *FunctionName::parse("hello"));
  for (const Sha256& sha256 : removed->dropped) store_.artifacts().collect(sha256, store_.catalog());
  EXPECT_EQ(store_.files(), 2U);
  upload.reset();
  EXPECT_EQ(store_.files(), 0U);
}

/// The test's thread plays the event loop. The pool is busy until this thread has dropped the artifact.
TEST_F(StagedArtifactTest, WhoeverLetsGoOfItDoesNotWait) {
  asio::thread_pool pool(1);
  auto upload = staged("bytes");
  ASSERT_TRUE(compile(*upload));
  StagedArtifactPtr owned(upload.release(), ReleaseOnPool{&pool});
  std::promise<void> let_go;
  asio::post(pool, [&let_go] { let_go.get_future().wait(); });
  owned.reset();
  EXPECT_EQ(store_.files(), 2U) << "letting go did the work itself";
  let_go.set_value();
  pool.join();
  EXPECT_EQ(store_.files(), 0U);
}

TEST_F(StagedArtifactTest, AReleaseThatIsWaitedForIsDone) {
  test::ScriptedLoop loop;
  asio::thread_pool pool(1);
  auto upload = staged("bytes");
  ASSERT_TRUE(compile(*upload));
  loop.run(release(StagedArtifactPtr(upload.release(), ReleaseOnPool{&pool})));
  EXPECT_EQ(store_.files(), 0U);
}

}  // namespace
}  // namespace faasta::deploy
