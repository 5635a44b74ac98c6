#include "gateway/asset_choice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <random>

namespace {

/// The bytes that this thread has allocated: the work of code that copies.
thread_local std::size_t allocated = 0;

}  // namespace

// Sanitizers have operators of their own, which see more. Then nothing is counted.
#if !defined(FAASTA_SANITIZED)
// NOLINTBEGIN(cppcoreguidelines-no-malloc,misc-new-delete-overloads): for the whole program
void* operator new(std::size_t size) {
  allocated += size;
  void* const out = std::malloc(std::max<std::size_t>(size, 1));
  if (out == nullptr) throw std::bad_alloc();
  return out;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
// NOLINTEND(cppcoreguidelines-no-malloc,misc-new-delete-overloads)
#endif

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
  files.index();
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
  files.index();
  EXPECT_FALSE(choose_asset(files, get("/docs/")));
  EXPECT_TRUE(choose_asset(files, get("/")));
  files.function_first = {"/index.html"};
  files.not_found = NotFound::spa;
  files.index();
  EXPECT_FALSE(choose_asset(files, get("/x", {{"accept", "text/html"}})));
}

TEST(AssetChoice, APageIsGuardedTogetherWithItsSmallerForms) {
  AssetManifest files;
  for (const char* path : {"/m.html", "/m.html.br", "/m.html.br.gz", "/d.json", "/d.json.gz", "/d.json.br", "/free",
                           "/free.br", "/x.br"}) {
    files.add(path, sha256(path), 1, "text/plain");
  }
  files.function_first = {"/m.html", "/d.json.gz"};
  files = *read_asset_manifest(to_json(files));
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
  files.index();
  EXPECT_EQ(choose_asset(files, get("/docs/x"))->path, "/404.html");
}

TEST(AssetChoice, PatternsAreOfDecodedPaths) {
  AssetManifest files = manifest_with({"/caf\xc3\xa9/a"});
  ASSERT_TRUE(check_asset_pattern("/caf\xc3\xa9/*"));
  files.function_first = {"/caf\xc3\xa9/*"};
  files.index();
  EXPECT_FALSE(choose_asset(files, get("/caf%C3%A9/a")));
  EXPECT_FALSE(choose_asset(files, get("/caf\xc3\xa9/a")));
}

TEST(AssetChoice, WithoutAFile) {
  AssetManifest files = manifest_with({"/index.html", "/404.html", "/docs/404.html"});
  EXPECT_FALSE(choose_asset(files, get("/x")));
  files.not_found = NotFound::page;
  files.index();
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

/// A stranger chooses the path. For each slash, the server copied the path up to it, and looked for a page there.
TEST(AssetChoice, APathIsNotCopiedForEachSlash) {
  AssetManifest files = manifest_with({"/404.html", "/a/404.html", "/a/a/b/404.html"});
  files.not_found = NotFound::page;
  files.function_first = {"/b"};
  files.index();
  constexpr std::size_t kBytes = 16'384;
  std::string folders;
  while (folders.size() < kBytes) folders += "/a";
  for (const auto& [path, page] : {std::pair(std::string(kBytes, '/'), "/404.html"), std::pair(folders, "/a/404.html"),
                                   std::pair(folders + "/", "/a/404.html")}) {
    const http::RequestHead request = get(path);
    const std::size_t before = allocated;
    const auto choice = choose_asset(files, request);
    EXPECT_LT(allocated - before, 8 * kBytes);
    EXPECT_EQ(choice->path, page);
  }
}

/// The same rules, by looking at each folder above the path.
std::string page_by_each_folder(const AssetManifest& manifest, const std::string& path) {
  for (std::size_t slash = path.rfind('/');; slash = path.rfind('/', slash - 1)) {
    const std::string page = path.substr(0, slash + 1) + "404.html";
    if (manifest.find(page) != nullptr && !manifest.is_functions(page)) return page;
    if (slash == 0) return "";
  }
}

TEST(AssetChoice, TheNearestFolderIsFound) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same cases each time
  const auto some_path = [&random] {
    std::string out;
    for (unsigned i = random() % 6; i > 0; --i) {
      out += '/';
      for (unsigned letters = random() % 3; letters > 0; --letters) out += "-0a"[random() % 3];
    }
    return out + "/";
  };
  for (int round = 0; round < 200; ++round) {
    AssetManifest files;
    files.not_found = NotFound::page;
    for (unsigned i = random() % 30; i > 0; --i) files.add(some_path() + "404.html", sha256("x"), 1, "text/plain");
    for (unsigned i = random() % 3; i > 0; --i) files.function_first.push_back(some_path() + "404.html");
    files.index();
    for (int i = 0; i < 50; ++i) {
      const std::string path = some_path() + (i % 2 == 0 ? "x" : "");
      EXPECT_EQ(choose_asset(files, get(path))->path, page_by_each_folder(files, path)) << path;
    }
  }
}

/// Each smaller form of a smaller form was looked up, and compared with all patterns, at each request.
TEST(AssetChoice, AGuardHoldsForAllFormsOfAPage) {
  AssetManifest files;
  std::string path = "/page";
  std::vector<std::string> paths;
  while (path.size() <= kMostAssetPath) {
    files.add(path, sha256(path), 1, "text/plain");
    paths.push_back(path);
    path += paths.size() % 2 == 0 ? ".gz" : ".br";
  }
  files.function_first = {"/page"};
  files.index();
  for (const std::string& one : paths) {
    const http::RequestHead request = get(one);
    const std::size_t before = allocated;
    EXPECT_FALSE(choose_asset(files, request)) << one;
    EXPECT_LE(allocated - before, 4 * kMostAssetPath);
  }
  files.function_first = {paths.back()};
  files.index();
  EXPECT_FALSE(choose_asset(files, get(paths.back())));
  EXPECT_FALSE(choose_asset(files, get(paths[paths.size() - 2]))) << "the file of which the guarded one is a form";
  EXPECT_TRUE(choose_asset(files, get(paths[paths.size() - 3])));
}

}  // namespace
}  // namespace faasta::gateway
