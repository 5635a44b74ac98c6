#include "base/asset_manifest.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

std::string digest_of(char digit) { return std::string(64, digit); }

std::string manifest_of(std::string_view files, std::string_view rest = "") {
  return R"({"files":{)" + std::string(files) + "}" + std::string(rest) + "}";
}

std::string entry(std::string_view path, char digit = '1', int size = 3) {
  return "\"" + std::string(path) + R"(":{"sha256":")" + digest_of(digit) + R"(","size":)" + std::to_string(size) +
         R"(,"type":"text/plain"})";
}

TEST(AssetManifest, GivesBackWhatItWasGiven) {
  const auto read = read_asset_manifest(
      manifest_of(entry("/b.txt") + "," + entry("/a/c.txt", '2', 7),
                  R"(,"not_found":"spa","function_first":["/api/*"],"headers":{"/*":{"X-Y":"z"}})"));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->not_found, NotFound::spa);
  EXPECT_EQ(read->files.size(), 2U);
  EXPECT_EQ(read->types, std::vector<std::string>{"text/plain"});
  EXPECT_EQ(read->find("/a/c.txt")->size, 7U);
  EXPECT_EQ(read->find("/a/d.txt"), nullptr);
  EXPECT_EQ(read->headers.at(0).fields.at(0).first, "x-y");
  const auto again = read_asset_manifest(to_json(*read));
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*again), to_json(*read));
}

TEST(AssetManifest, TheTextDoesNotDependOnTheOrderOfTheFiles) {
  const auto one = read_asset_manifest(manifest_of(entry("/a") + "," + entry("/b")));
  const auto two = read_asset_manifest(manifest_of(entry("/b") + "," + entry("/a")));
  EXPECT_EQ(to_json(*one), to_json(*two));
}

TEST(AssetManifest, KnowsTheSmallerFormsOfAFile) {
  const auto read = read_asset_manifest(manifest_of(entry("/a.js") + "," + entry("/a.js.br") + "," + entry("/b.gz") +
                                                    "," + entry("/c") + "," + entry("/c.gz")));
  EXPECT_TRUE(read->find("/a.js")->has_brotli);
  EXPECT_FALSE(read->find("/a.js")->has_gzip);
  EXPECT_TRUE(read->find("/c")->has_gzip);
  EXPECT_FALSE(read->find("/a.js.br")->has_brotli);
}

TEST(AssetManifest, AShortPatternComesBeforeALongOne) {
  const auto read = read_asset_manifest(manifest_of("", R"(,"headers":{"/a/b/*":{"x":"1"},"/*":{"x":"2"}})"));
  EXPECT_EQ(read->headers.at(0).pattern, "/*");
  EXPECT_EQ(read->headers.at(1).pattern, "/a/b/*");
}

TEST(AssetManifest, ItsBytesCountAllTexts) {
  const std::string long_text(4000, 'x');
  const std::size_t none = read_asset_manifest("{}")->bytes();
  EXPECT_GT(read_asset_manifest(R"({"headers":{"/*":{"x":")" + long_text + R"("}}})")->bytes(), none + 4000);
  EXPECT_GT(read_asset_manifest(R"({"function_first":["/)" + long_text.substr(0, 1000) + R"("]})")->bytes(),
            none + 1000);
}

TEST(AssetManifest, AnEmptyOneIsAllowed) {
  EXPECT_TRUE(read_asset_manifest("{}"));
  EXPECT_FALSE(read_asset_manifest(""));
  EXPECT_FALSE(read_asset_manifest(std::string(kMostManifestBytes + 1, ' ')));
}

TEST(AssetManifest, APathStaysInItsFolder) {
  for (const char* good : {"/a", "/a/b", "/..a", "/a..b/...", "/.well-known/x", "/a b", "/\xc3\xbc", "/%2e"})
    EXPECT_TRUE(check_asset_path(good)) << good;
  for (const char* bad : {"", "/", "a", "/.", "/..", "/a/", "//a", "/a//b", "/a/./b", "/a/../b", "/a\tb", "/\xff"})
    EXPECT_EQ(check_asset_path(bad).error().code, Code::assets_invalid) << bad;
  EXPECT_TRUE(check_asset_path("/" + std::string(kMostAssetPath - 1, 'a')));
  EXPECT_FALSE(check_asset_path("/" + std::string(kMostAssetPath, 'a')));
}

std::vector<std::pair<std::string, std::string>> texts_of(const std::vector<FieldView>& fields) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : fields) out.emplace_back(name, value);
  return out;
}

TEST(AssetManifest, TheLongestPatternWinsForEachField) {
  const auto read = read_asset_manifest(
      R"({"headers":{"/*":{"x":"1","y":"1"},"/a/bc":{"x":"3"},"/a/*":{"X":"2","z":"2"},"/b/*":{"x":"4"}}})");
  ASSERT_TRUE(read);
  using Fields = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(texts_of(*read->fields_of("/a/bc")), (Fields{{"x", "3"}, {"y", "1"}, {"z", "2"}}));
  EXPECT_EQ(texts_of(*read->fields_of("/a/c")), (Fields{{"x", "2"}, {"y", "1"}, {"z", "2"}}));
  EXPECT_EQ(texts_of(*read->fields_of("/c")), (Fields{{"x", "1"}, {"y", "1"}}));
  EXPECT_TRUE(read->fields_of("")->empty());
  const auto doubled = read_asset_manifest(R"({"headers":{"/*":{"x":"1","X":"2"}}})");
  EXPECT_EQ(texts_of(*doubled->fields_of("/a")), (Fields{{"x", "2"}}));
}

TEST(AssetManifest, TheFieldsHaveASum) {
  AssetManifest manifest;
  constexpr std::size_t kFields = 16;
  constexpr std::size_t kEach = kMostAssetFieldBytes / kFields;
  for (std::size_t i = 0; i < kFields; ++i) {
    const std::string name = "x-" + std::to_string(10 + i);
    manifest.headers.push_back({std::string(i, '/') + "/*", {{name, std::string(kEach - 32 - name.size(), 'v')}}});
  }
  EXPECT_TRUE(check_asset_fields(manifest.headers));
  const std::string all(kFields + 1, '/');
  EXPECT_EQ(manifest.fields_of(all)->size(), kFields);
  manifest.headers.back().fields[0].second += 'v';
  EXPECT_EQ(check_asset_fields(manifest.headers).error().code, Code::assets_invalid);
  EXPECT_EQ(manifest.fields_of(all).error().code, Code::assets_invalid) << "as an older server has stored it";
  EXPECT_TRUE(manifest.fields_of("/a")) << "an answer with some of the fields";
}

TEST(AssetManifest, FieldsWithoutATextCountToo) {
  AssetManifest manifest;
  auto& fields = manifest.headers.emplace_back("/*").fields;
  for (std::size_t i = 0; i < kMostAssetFieldBytes / 33; ++i) fields.emplace_back("x", "");
  EXPECT_TRUE(check_asset_fields(manifest.headers));
  EXPECT_EQ(manifest.fields_of("/a")->size(), 1U);
  fields.emplace_back("x", "");
  EXPECT_FALSE(check_asset_fields(manifest.headers));
}

TEST(AssetManifest, PatternsHaveAStarOnlyAtTheEnd) {
  for (const char* good : {"/", "/*", "/api", "/api/*", "/api*", "/caf\xc3\xa9/*"})
    EXPECT_TRUE(check_asset_pattern(good)) << good;
  for (const char* bad : {"", "*", "api", "/*/x", "/a**", "/a%20b", "/a\nb", "/\xff"})
    EXPECT_FALSE(check_asset_pattern(bad)) << bad;
  EXPECT_TRUE(matches_asset_pattern("/api/*", "/api/x"));
  EXPECT_TRUE(matches_asset_pattern("/api/*", "/api/"));
  EXPECT_FALSE(matches_asset_pattern("/api/*", "/api"));
  EXPECT_TRUE(matches_asset_pattern("/api", "/api"));
  EXPECT_FALSE(matches_asset_pattern("/api", "/api/x"));
}

}  // namespace
}  // namespace faasta
