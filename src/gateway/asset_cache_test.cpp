#include "gateway/asset_cache.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/file.hpp"
#include "unit/test_store.hpp"

namespace faasta::gateway {
namespace {

class AssetCacheTest : public testing::Test {
 protected:
  Asset place(const std::string& content) {
    const Sha256 digest = sha256(content);
    EXPECT_TRUE(replace_file(store_.artifacts().asset(digest), content, 0600, Durable::no));
    return {.sha256 = digest, .size = static_cast<std::uint32_t>(content.size())};
  }

  test::TestStore store_;
  AssetCache cache_{store_.artifacts()};
};

TEST_F(AssetCacheTest, ASmallFileIsKeptInMemoryAndALargeOneIsOpen) {
  const Asset small = place(std::string(AssetCache::kSmall, 's')),
              large = place(std::string(AssetCache::kSmall + 1, 'l'));
  EXPECT_EQ((*cache_.open_file(small, kSingleOwner))->bytes.size(), AssetCache::kSmall);
  const auto open = *cache_.open_file(large, kSingleOwner);
  EXPECT_TRUE(open->file && open->bytes.empty());
  std::array<char, 10> part{};
  EXPECT_EQ(open->read(part, AssetCache::kSmall - 5), 6U);
  EXPECT_EQ(part[5], 'l');
  EXPECT_EQ(open->read(part, AssetCache::kSmall + 1).error().code, Code::asset_damaged);
  EXPECT_TRUE(cache_.find_file(large.sha256));
}

TEST_F(AssetCacheTest, MemoryHasALimit) {
  for (int i = 0; i < 2'000; ++i) {
    const auto file =
        cache_.open_file(place(std::string(AssetCache::kSmall - 10, 'x') + std::to_string(i)), kSingleOwner);
    ASSERT_TRUE(file);
  }
  EXPECT_LE(cache_.bytes(), 64U << 20U);
  EXPECT_GE(cache_.bytes(), 60U << 20U);
}

TEST_F(AssetCacheTest, ADamagedFileIsNotServed) {
  const Asset asset = place("content");
  for (const char* other : {"contenT", "conten", "content!", ""}) {
    ASSERT_TRUE(replace_file(store_.artifacts().asset(asset.sha256), other, 0600, Durable::no));
    EXPECT_EQ(cache_.open_file(asset, kSingleOwner).error().code, Code::asset_damaged) << other;
  }
  EXPECT_EQ(cache_.load_manifest(asset.sha256, kSingleOwner).error().code, Code::asset_damaged);
  EXPECT_EQ(cache_.load_manifest(sha256("nothing"), kSingleOwner).error().code, Code::asset_damaged);
}

TEST_F(AssetCacheTest, AManifestIsReadOnce) {
  const Asset asset = place(R"({"files":{}})");
  EXPECT_FALSE(cache_.find_manifest(asset.sha256));
  const auto loaded = cache_.load_manifest(asset.sha256, kSingleOwner);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*cache_.load_manifest(asset.sha256, kSingleOwner), *loaded);
  EXPECT_EQ(cache_.find_manifest(asset.sha256), *loaded);
}

}  // namespace
}  // namespace faasta::gateway
