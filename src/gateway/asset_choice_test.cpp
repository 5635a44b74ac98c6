#include "gateway/asset_choice.hpp"

#include <gtest/gtest.h>

namespace faasta::gateway {
namespace {

AssetManifest manifest_with(std::initializer_list<const char*> paths) {
  AssetManifest out;
  std::uint32_t size = 1;
  for (const char* path : paths) out.add(path, sha256(path), size++, "text/plain");
  return out;
}

http::RequestHead get(std::string_view target, std::vector<FieldView> fields = {}) {
  http::RequestHead out;
  out.method = "GET";
  out.target = target;
  out.fields = std::move(fields);
  return out;
}

TEST(AssetChoice, PathsAreDecodedOnce) {
  EXPECT_EQ(decoded_path("/a%20b"), "/a b");
  EXPECT_EQ(decoded_path("/%252e"), "/%2e");
  EXPECT_EQ(decoded_path("/%C3%bc"), "/\xc3\xbc");
  for (const char* wrong : {"/%", "/%2", "/%2g", "/%-1", "/% 1", "/%+1"}) EXPECT_EQ(decoded_path(wrong), std::nullopt);
}

TEST(AssetChoice, OneRangeOfAFile) {
  const auto part = [](std::string_view value, std::uint64_t size) -> std::string {
    const WantedRange wanted = read_range(value, size);
    if (wanted.kind == WantedRange::Kind::all) return "all";
    if (wanted.kind == WantedRange::Kind::outside) return "outside";
    return std::to_string(wanted.range.first) + "-" + std::to_string(wanted.range.last);
  };
  EXPECT_EQ(part("bytes=0-0", 10), "0-0");
  EXPECT_EQ(part("Bytes = 2-", 10), "2-9");
  EXPECT_EQ(part("bytes=-3", 10), "7-9");
  EXPECT_EQ(part("bytes=-30", 10), "0-9");
  EXPECT_EQ(part("bytes=5-100", 10), "5-9");
  EXPECT_EQ(part("bytes=10-", 10), "outside");
  EXPECT_EQ(part("bytes=0-0", 0), "outside");
  EXPECT_EQ(part("bytes=-1", 0), "outside");
  EXPECT_EQ(part("bytes=-0", 10), "outside");
  for (const char* odd : {"bytes=", "bytes=-", "bytes=3-2", "bytes=1-2,4-5", "bytes=+1-2", "bytes=1--2", "x=1-2", ""})
    EXPECT_EQ(part(odd, 10), "all") << odd;
}

TEST(AssetChoice, EntityTags) {
  EXPECT_TRUE(names_tag("\"a\"", "\"a\"", true));
  EXPECT_TRUE(names_tag("\"b\" , W/\"a\"", "\"a\"", true));
  EXPECT_FALSE(names_tag("W/\"a\"", "\"a\"", false));
  EXPECT_TRUE(names_tag(" * ", "\"a\"", false));
  EXPECT_FALSE(names_tag("a", "\"a\"", true));
  EXPECT_FALSE(names_tag("", "\"a\"", true));
}

TEST(AssetChoice, ADigestInAName) {
  for (const char* path : {"/app.4f3a9b1c.js", "/x/app-4f3a9b1c22.css", "/4f3a9b1c", "/a_0123456789abcdef.woff2"})
    EXPECT_TRUE(has_digest_in_name(path)) << path;
  for (const char* path : {"/app.js", "/20240101.pdf", "/deadbeef.js", "/4f3a9b1.js", "/4F3A9B1C.js", "/x4f3a9b1c.js",
                           "/4f3a9b1c/app.js", "/"})
    EXPECT_FALSE(has_digest_in_name(path)) << path;
}

TEST(AssetChoice, FilesBeforeTheFunctionExceptItsPaths) {
  AssetManifest files = manifest_with({"/index.html", "/api/x", "/docs/index.html"});
  files.function_first = {"/api/*"};
  EXPECT_EQ(choose_asset(files, get("/"))->path, "/index.html");
  EXPECT_EQ(choose_asset(files, get("/docs?x"))->location, "/docs/?x");
  EXPECT_FALSE(choose_asset(files, get("/api/x")));
  EXPECT_FALSE(choose_asset(files, get("/%61pi/x"))) << "the pattern is compared with the decoded path";
  EXPECT_FALSE(choose_asset(files, get("*")));
  http::RequestHead post = get("/");
  post.method = "POST";
  EXPECT_FALSE(choose_asset(files, post));
}

TEST(AssetChoice, AGuardedIndexIsNotFoundAtItsFolder) {
  AssetManifest files = manifest_with({"/index.html", "/docs/index.html"});
  files.function_first = {"/docs/index.html"};
  EXPECT_FALSE(choose_asset(files, get("/docs/")));
  EXPECT_TRUE(choose_asset(files, get("/")));
  files.function_first = {"/index.html"};
  files.not_found = NotFound::spa;
  EXPECT_FALSE(choose_asset(files, get("/x", {{"accept", "text/html"}})));
}

TEST(AssetChoice, APageIsGuardedTogetherWithItsSmallerForms) {
  AssetManifest files;
  for (const char* path : {"/m.html", "/m.html.br", "/m.html.br.gz", "/d.json", "/d.json.gz", "/d.json.br", "/free",
                           "/free.br", "/x.br"}) {
    files.add(path, sha256(path), 1, "text/plain");
  }
  files = *read_asset_manifest(to_json(files));  // finds the smaller forms
  files.function_first = {"/m.html", "/d.json.gz"};
  for (const char* path : {"/m.html", "/m.html.br", "/m.html.br.gz", "/d.json", "/d.json.gz", "/d.json.br"}) {
    EXPECT_FALSE(choose_asset(files, get(path))) << path;
    EXPECT_FALSE(choose_asset(files, get(path, {{"accept-encoding", "gzip, br"}}))) << path;
  }
  for (const char* path : {"/free", "/free.br", "/x.br"}) EXPECT_TRUE(choose_asset(files, get(path))) << path;
}

TEST(AssetChoice, AGuardedPageIsNotShownInPlaceOfAnother) {
  AssetManifest files = manifest_with({"/404.html", "/docs/404.html"});
  files.not_found = NotFound::page;
  files.function_first = {"/docs/404.html"};
  EXPECT_EQ(choose_asset(files, get("/docs/x"))->path, "/404.html");
}

TEST(AssetChoice, PatternsAreOfDecodedPaths) {
  AssetManifest files = manifest_with({"/caf\xc3\xa9/a"});
  ASSERT_TRUE(check_asset_pattern("/caf\xc3\xa9/*"));
  files.function_first = {"/caf\xc3\xa9/*"};
  EXPECT_FALSE(choose_asset(files, get("/caf%C3%A9/a")));
  EXPECT_FALSE(choose_asset(files, get("/caf\xc3\xa9/a")));
}

TEST(AssetChoice, WithoutAFile) {
  AssetManifest files = manifest_with({"/index.html", "/404.html", "/docs/404.html"});
  EXPECT_FALSE(choose_asset(files, get("/x")));
  files.not_found = NotFound::page;
  EXPECT_EQ(choose_asset(files, get("/x/y/z"))->path, "/404.html");
  EXPECT_EQ(choose_asset(files, get("/docs/y/z"))->path, "/docs/404.html");
  EXPECT_EQ(choose_asset(files, get("/x"))->status, 404);
  files.not_found = NotFound::spa;
  EXPECT_FALSE(choose_asset(files, get("/x")));
  EXPECT_EQ(choose_asset(files, get("/x", {{"accept", "text/html"}}))->path, "/index.html");
  EXPECT_TRUE(choose_asset(files, get("/x", {{"sec-fetch-mode", "navigate"}}))->varies_by_accept);
  files = manifest_with({"/a"});
  files.not_found = NotFound::page;
  EXPECT_EQ(choose_asset(files, get("/x"))->asset, nullptr);
}

}  // namespace
}  // namespace faasta::gateway
