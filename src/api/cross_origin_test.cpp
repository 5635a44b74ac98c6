#include "api/cross_origin.hpp"

#include "unit/api_fixture.hpp"

namespace faasta::api {
namespace {

class CrossOriginTest : public test::ApiFixture {
 protected:
  CrossOriginTest() {
    options_.cors_origins = {"https://play.example.com", "http://localhost:5173"};
    open();
  }
  test::Answered from(std::string origin, std::string method = "GET", std::vector<Field> more = {}) {
    more.push_back({"origin", std::move(origin)});
    return call(std::move(method), "/v1/functions", {}, std::move(more));
  }
  static std::string field(const test::Answered& answered, std::string_view name) {
    return std::string(answered.field(name).value_or("none"));
  }
};

TEST_F(CrossOriginTest, APageOfAListedOriginMayReadTheAnswer) {
  for (const char* origin : {"https://play.example.com", "http://localhost:5173"}) {
    const auto answer = from(origin);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(field(answer, "access-control-allow-origin"), origin);
    EXPECT_EQ(field(answer, "vary"), "origin");
    EXPECT_NE(field(answer, "access-control-expose-headers").find("retry-after"), std::string::npos);
    EXPECT_EQ(field(answer, "access-control-allow-credentials"), "none");
  }
  const auto refused = call("GET", "/v1/functions/No--Name", {}, {{"origin", "https://play.example.com"}});
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(field(refused, "access-control-allow-origin"), "https://play.example.com") << "also errors are readable";
}

TEST_F(CrossOriginTest, APageOfAnotherOriginMayNot) {
  for (const char* origin : {"https://evil.example", "https://play.example.com.evil.example", "null", "*", "",
                             "https://play.example.com:443", "http://play.example.com", "https://PLAY.example.com"}) {
    EXPECT_EQ(field(from(origin), "access-control-allow-origin"), "none") << origin;
    EXPECT_EQ(
        field(from(origin, "OPTIONS", {{"access-control-request-method", "POST"}}), "access-control-allow-origin"),
        "none")
        << origin;
  }
  EXPECT_EQ(field(call("GET", "/v1/functions"), "access-control-allow-origin"), "none");
}

TEST_F(CrossOriginTest, ABrowsersQuestionIsAnsweredWithoutAToken) {
  const auto answer =
      from("https://play.example.com", "OPTIONS", {{"access-control-request-method", "POST"}, {"authorization", ""}});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(field(answer, "access-control-allow-methods"), "GET, HEAD, POST, PUT, DELETE");
  EXPECT_EQ(field(answer, "access-control-allow-headers"), "authorization, content-type, accept");
  EXPECT_EQ(field(answer, "access-control-max-age"), "600");
  EXPECT_NE(field(from("https://play.example.com", "OPTIONS"), "allow"), "none") << "not a browser's question";
}

}  // namespace
}  // namespace faasta::api
