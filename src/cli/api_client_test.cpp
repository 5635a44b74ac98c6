#include "cli/api_client.hpp"

#include <gtest/gtest.h>

#include "cli/json.hpp"

namespace faasta::cli {
namespace {

HttpAnswer answer(int status, std::string body, HeaderList headers = {{"faasta-api", "1"}}) {
  return {.head = {.status = status, .headers = std::move(headers)}, .body = std::move(body)};
}

std::string id_of(const HttpAnswer& given) {
  const auto read = read_answer(given, "http://api.localhost:8080/v1/me");
  return read ? "ok" : read.error().id;
}

TEST(ReadAnswer, GivesTheObjectOfASuccess) {
  const auto read = read_answer(answer(200, R"({"name":"hello"})"), "u");
  ASSERT_TRUE(read);
  EXPECT_EQ(text_field(*read, "name"), "hello");
}

TEST(ReadAnswer, GivesTheProblemOfAFailure) {
  EXPECT_EQ(id_of(answer(404, R"({"code":"F0204","title":"t"})")), "F0204");
}

TEST(ReadAnswer, TellsAServerThatIsNotOurs) {
  EXPECT_EQ(id_of(answer(200, R"({"name":"hello"})", {})), "F0709");
  EXPECT_EQ(id_of(answer(200, "{}", {{"faasta-api", "2"}})), "F0709");
  EXPECT_EQ(id_of(answer(200, "<html>")), "F0709");
  EXPECT_EQ(id_of(answer(200, "[]")), "F0709");
  EXPECT_EQ(id_of(answer(502, "{}")), "F0709");
}

TEST(UrlEscape, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(url_escape("a-b_c.d~e"), "a-b_c.d~e");
  EXPECT_EQ(url_escape("https://a.example/?x=1&y"), "https%3A%2F%2Fa.example%2F%3Fx%3D1%26y");
  EXPECT_EQ(url_escape("\xc3\xa9\n"), "%C3%A9%0A");
}

}  // namespace
}  // namespace faasta::cli
