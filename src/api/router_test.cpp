#include "api/router.hpp"

#include <gtest/gtest.h>

namespace faasta::api {
namespace {

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    add("GET", "/v1/things");
    add("POST", "/v1/things");
    add("DELETE", "/v1/things/current");
    add("DELETE", "/v1/things/{id}");
    add("GET", "/v1/things/{id}");
    add("GET", "/v1/things/{id}/parts");
    router_.add({"GET", "/v1/start", Access::open, nullptr, false});
  }
  void add(std::string_view method, std::string_view path) { router_.add({method, path, Access::open, nullptr}); }
  /// Returns "METHOD path name", or the methods that are allowed.
  std::string find(std::string_view method, std::string_view path) {
    const Router::Match match = router_.find(method, path);
    if (match.endpoint == nullptr) return match.allow;
    return std::string(match.endpoint->method) + " " + std::string(match.endpoint->path) + " " + match.name;
  }

  Router router_;
};

TEST_F(RouterTest, FindsByMethodAndPath) {
  EXPECT_EQ(find("GET", "/v1/things"), "GET /v1/things ");
  EXPECT_EQ(find("POST", "/v1/things"), "POST /v1/things ");
  EXPECT_EQ(find("GET", "/v1/things/7"), "GET /v1/things/{id} 7");
  EXPECT_EQ(find("GET", "/v1/things/7/parts"), "GET /v1/things/{id}/parts 7");
}

TEST_F(RouterTest, TheFirstThatWasAddedIsMeant) {
  EXPECT_EQ(find("DELETE", "/v1/things/current"), "DELETE /v1/things/current ");
  EXPECT_EQ(find("DELETE", "/v1/things/7"), "DELETE /v1/things/{id} 7");
  EXPECT_EQ(find("GET", "/v1/things/current"), "GET /v1/things/{id} current");
}

TEST_F(RouterTest, HeadIsGetUnlessThatChangesSomething) {
  EXPECT_EQ(find("HEAD", "/v1/things"), "GET /v1/things ");
  EXPECT_EQ(find("HEAD", "/v1/start"), "GET, OPTIONS");
  EXPECT_EQ(find("POST", "/v1/start"), "GET, OPTIONS");
}

TEST_F(RouterTest, APathThatIsThereSaysWhichMethodsItTakes) {
  EXPECT_EQ(find("PUT", "/v1/things"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(find("OPTIONS", "/v1/things/7"), "DELETE, GET, HEAD, OPTIONS");
  EXPECT_EQ(find("PUT", "/v1/things/current"), "DELETE, GET, HEAD, OPTIONS") << "each once";
  EXPECT_EQ(find("get", "/v1/things"), "GET, HEAD, POST, OPTIONS") << "methods have a case";
}

TEST_F(RouterTest, AnotherPathIsNobodys) {
  for (const char* path :
       {"", "/", "/v1", "/v1/thing", "/v1/things/7/parts/1", "/V1/things", "//v1/things", "v1/things"})
    EXPECT_EQ(find("GET", path), "") << path;
}

TEST_F(RouterTest, TheStarTakesWhatSomePathTakes) {
  EXPECT_EQ(find("OPTIONS", "*"), "GET, HEAD, POST, DELETE, OPTIONS");
  EXPECT_EQ(find("GET", "*"), "GET, HEAD, POST, DELETE, OPTIONS") << "and is no path";
}

}  // namespace
}  // namespace faasta::api
