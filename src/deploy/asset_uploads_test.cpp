#include "deploy/asset_uploads.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/file.hpp"
#include "unit/test_store.hpp"

namespace faasta::deploy {
namespace {

class AssetUploadsTest : public testing::Test {
 protected:
  static FunctionName name(const std::string& text = "hello") { return *FunctionName::parse(text); }
  static std::string manifest_of(const std::string& content) {
    return R"({"files":{"/a":{"sha256":")" + sha256(content).hex() + R"(","size":)" + std::to_string(content.size()) +
           R"(,"type":"text/plain"}}})";
  }
  Result<AssetUploads::Begun> begin(const std::string& content, const std::string& function = "hello") {
    return uploads_.begin(kSingleOwner, name(function), manifest_of(content), {});
  }
  Result<> receive(const std::string& content, const std::string& function = "hello") {
    auto file = uploads_.temporary();
    if (!file) return std::unexpected(file.error());
    if (auto written = write_all(file->fd(), content); !written) return written;
    return uploads_.receive(kSingleOwner, name(function), {sha256(content), content.size()}, *file);
  }
  [[nodiscard]] bool stored(const std::string& content) {
    return store_.artifacts().has_asset(sha256(content), content.size());
  }

  test::TestStore store_;
  AssetUploads uploads_{store_.catalog(), store_.artifacts()};
};

TEST_F(AssetUploadsTest, AManifestIsFoundWhenAllItsFilesAreThere) {
  const auto begun = begin("one");
  ASSERT_TRUE(begun) << begun.error().detail;
  ASSERT_EQ(begun->missing.size(), 1U);
  EXPECT_EQ(uploads_.find(kSingleOwner, name(), begun->manifest).error().code, Code::assets_missing);
  EXPECT_EQ(uploads_.expected(kSingleOwner, name(), sha256("one")), 3U);
  ASSERT_TRUE(receive("one"));
  const auto claim = uploads_.find(kSingleOwner, name(), begun->manifest);
  ASSERT_TRUE(claim && *claim);
  EXPECT_EQ(uploads_.take(*claim)->size(), 2U) << "the file and the manifest";
}

TEST_F(AssetUploadsTest, AFileThatNoManifestNamesIsRefused) {
  EXPECT_EQ(uploads_.expected(kSingleOwner, name(), sha256("one")).error().code, Code::assets_missing);
  EXPECT_EQ(receive("one").error().code, Code::assets_missing);
  ASSERT_TRUE(begin("one"));
  EXPECT_EQ(receive("two").error().code, Code::assets_missing);
  EXPECT_EQ(receive("one", "other").error().code, Code::assets_missing);
}

TEST_F(AssetUploadsTest, AnotherManifestOfTheFunctionTakesThePlace) {
  ASSERT_TRUE(begin("one"));
  ASSERT_TRUE(receive("one"));
  ASSERT_TRUE(begin("two"));
  EXPECT_FALSE(stored("one"));
  EXPECT_EQ(receive("one").error().code, Code::assets_missing);
}

TEST_F(AssetUploadsTest, TheSameManifestAgainGoesOn) {
  ASSERT_TRUE(begin("one"));
  ASSERT_TRUE(receive("one"));
  EXPECT_TRUE(begin("one")->missing.empty());
  EXPECT_TRUE(stored("one"));
}

TEST_F(AssetUploadsTest, AnIdleUploadEndsWithItsFiles) {
  const auto begun = begin("one");
  ASSERT_TRUE(receive("one"));
  uploads_.drop_idle(std::chrono::steady_clock::now() + std::chrono::minutes(59));
  EXPECT_TRUE(stored("one"));
  uploads_.drop_idle(std::chrono::steady_clock::now() + std::chrono::minutes(61));
  EXPECT_FALSE(stored("one"));
  EXPECT_FALSE(std::filesystem::exists(store_.artifacts().asset(begun->manifest)));
}

TEST_F(AssetUploadsTest, AClaimKeepsTheFilesOfAnUploadThatEnds) {
  const auto begun = begin("one");
  ASSERT_TRUE(receive("one"));
  {
    const auto claim = uploads_.find(kSingleOwner, name(), begun->manifest);
    uploads_.drop_idle(std::chrono::steady_clock::now() + std::chrono::hours(2));
    EXPECT_TRUE(stored("one"));
  }
  uploads_.drop_idle(std::chrono::steady_clock::now());
  EXPECT_FALSE(stored("one")) << "they go soon after the last deploy, and not with the next start";
  EXPECT_FALSE(std::filesystem::exists(store_.artifacts().asset(begun->manifest)));
}

/// The end of a pin takes the mutex of the artifacts, and a claim may end on an event loop.
TEST_F(AssetUploadsTest, TheEndOfAClaimEndsNoPin) {
  const auto begun = begin("one");
  ASSERT_TRUE(receive("one"));
  auto claim = uploads_.find(kSingleOwner, name(), begun->manifest);
  uploads_.finish(kSingleOwner, name(), begun->manifest);
  claim->reset();
  store_.artifacts().collect_asset(sha256("one"), store_.catalog());
  EXPECT_TRUE(stored("one")) << "it is still pinned";
  uploads_.drop_idle(std::chrono::steady_clock::now());
  EXPECT_FALSE(stored("one"));
}

TEST_F(AssetUploadsTest, ADeployThatFailsAfterAnotherManifestLeavesNoFile) {
  const auto begun = begin("one");
  ASSERT_TRUE(receive("one"));
  auto claim = uploads_.find(kSingleOwner, name(), begun->manifest);
  ASSERT_TRUE(begin("two"));
  EXPECT_TRUE(stored("one"));
  claim->reset();
  ASSERT_TRUE(receive("two"));
  EXPECT_FALSE(stored("one"));
  EXPECT_TRUE(stored("two"));
}

/// A manifest may name 10,000 files without bringing one, and each look at a file costs a query and locks.
TEST_F(AssetUploadsTest, TheEndOfAnUploadLooksOnlyAtTheFilesThatItBrought) {
  ASSERT_TRUE(begin("one"));
  ASSERT_TRUE(replace_file(store_.artifacts().asset(sha256("one")), "one", 0600, Durable::no));
  ASSERT_TRUE(begin("two"));
  EXPECT_TRUE(stored("one")) << "the upload did not bring it; the next start deletes it";
}

/// Another function has the file, and is deleted while the upload has a pin on it.
TEST_F(AssetUploadsTest, AFileThatWasToBeDeletedDuringAnUploadGoesWithIt) {
  ASSERT_TRUE(begin("one"));
  ASSERT_TRUE(replace_file(store_.artifacts().asset(sha256("one")), "one", 0600, Durable::no));
  store_.artifacts().collect_asset(sha256("one"), store_.catalog());
  EXPECT_TRUE(stored("one"));
  ASSERT_TRUE(begin("two"));
  EXPECT_FALSE(stored("one"));
}

TEST_F(AssetUploadsTest, AFileOfTwoUploadsGoesWithTheLast) {
  ASSERT_TRUE(begin("one", "fun-a"));
  ASSERT_TRUE(begin("one", "fun-b"));
  ASSERT_TRUE(receive("one", "fun-a"));
  ASSERT_TRUE(begin("two", "fun-a"));
  EXPECT_TRUE(stored("one"));
  ASSERT_TRUE(begin("two", "fun-b"));
  EXPECT_FALSE(stored("one"));
}

TEST_F(AssetUploadsTest, FieldsOverTheirSumAreRefused) {
  std::string fields;
  for (int i = 0; i < 10; ++i)
    fields += (i == 0 ? "" : ",") + ("\"x-" + std::to_string(i)) + "\":\"" + std::string(4'000, 'v') + "\"";
  const std::string manifest = R"({"headers":{"/*":{)" + fields + "}}}";
  EXPECT_EQ(uploads_.begin(kSingleOwner, name(), manifest, {}).error().code, Code::assets_invalid);
}

TEST_F(AssetUploadsTest, ThreeManifestsInARow) {
  ASSERT_TRUE(begin("one"));
  ASSERT_TRUE(receive("one"));
  ASSERT_TRUE(begin("two"));
  const auto third = begin("three");
  ASSERT_TRUE(third);
  EXPECT_EQ(third->missing.size(), 1U);
  const auto first_again = begin("one");
  ASSERT_TRUE(first_again);
  EXPECT_EQ(first_again->missing.size(), 1U) << "its file went with the second manifest";
}

TEST_F(AssetUploadsTest, AnOwnerHasFewUploads) {
  for (const char* function : {"fun-a", "fun-b", "fun-c", "fun-d", "fun-e"}) ASSERT_TRUE(begin(function, function));
  EXPECT_EQ(receive("fun-a", "fun-a").error().code, Code::assets_missing) << "the oldest one ended";
  EXPECT_TRUE(receive("fun-b", "fun-b"));
  EXPECT_TRUE(receive("fun-e", "fun-e"));
}

TEST_F(AssetUploadsTest, TheQuotaIsCheckedBeforeTheFilesCome) {
  const std::string large(2U << 20U, 'x');
  EXPECT_EQ(uploads_.begin(kSingleOwner, name(), manifest_of(large), {.stored_mb = 1}).error().code,
            Code::quota_assets);
  EXPECT_TRUE(uploads_.begin(kSingleOwner, name(), manifest_of(large), {.stored_mb = 3}));
}

TEST_F(AssetUploadsTest, ADamagedFileIsReplaced) {
  ASSERT_TRUE(begin("one"));
  ASSERT_TRUE(receive("one"));
  ASSERT_TRUE(replace_file(store_.artifacts().asset(sha256("one")), "two", 0600, Durable::no));
  ASSERT_TRUE(receive("one"));
  EXPECT_EQ(read_file(store_.artifacts().asset(sha256("one"))), "one");
}

}  // namespace
}  // namespace faasta::deploy
