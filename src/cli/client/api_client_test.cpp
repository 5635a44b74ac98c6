#include "cli/client/api_client.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/url_escape.hpp"
#include "cli/client/private_server.hpp"
#include "cli/client/scripted_server.hpp"
#include "cli/terminal/json.hpp"

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

TEST(ReadAnswer, SaysWhenToTryAgain) {
  const std::string body = R"({"code":"F0214","title":"t"})";
  const auto read = read_answer(answer(429, body, {{"faasta-api", "1"}, {"retry-after", "42"}}), "u");
  ASSERT_FALSE(read);
  EXPECT_NE(render(read.error(), Paint(false)).find("try again in 42 s\n"), std::string::npos);
  EXPECT_EQ(to_json(read.error()).at("retry_after"), 42);
  const auto dated = read_answer(answer(429, body, {{"faasta-api", "1"}, {"retry-after", "Fri, 1 Jan"}}), "u");
  EXPECT_EQ(render(dated.error(), Paint(false)).find("try again"), std::string::npos);
  EXPECT_FALSE(to_json(dated.error()).contains("retry_after"));
}

TEST(ReadAnswer, TellsAServerThatIsNotOurs) {
  EXPECT_EQ(id_of(answer(200, R"({"name":"hello"})", {})), "F0709");
  EXPECT_EQ(id_of(answer(200, "{}", {{"faasta-api", "2"}})), "F0709");
  EXPECT_EQ(id_of(answer(200, "<html>")), "F0709");
  EXPECT_EQ(id_of(answer(200, "[]")), "F0709");
  EXPECT_EQ(id_of(answer(502, "{}")), "F0709");
}

class UploadTest : public ::testing::Test {
 protected:
  Outcome<boost::json::object> upload(ScriptedServer& server) {
    const auto path = folder_.path() / "component";
    EXPECT_TRUE(replace_file(path, "the bytes", 0600, Durable::no));
    const auto file = open_file(path, O_RDONLY);
    const ApiClient api(*ServerUrl::parse(server.url()), "secret", TokenSource::saved);
    return api.upload("/up",
                      {.file = file->get(), .size = 9, .progress = [this](std::uint64_t sent) { sent_ = sent; }});
  }
  TemporaryFolder folder_ = std::move(*TemporaryFolder::make());
  std::uint64_t sent_ = 0;
};

TEST_F(UploadTest, SendsTheWholeFileAgainAfterABreak) {
  ScriptedServer server({"", ScriptedServer::answer("200 OK", "faasta-api: 1\r\n", "{\"version\":2}")});
  const auto answer = upload(server);
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(integer_field(*answer, "version"), 2);
  EXPECT_EQ(sent_, 9U);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  for (const std::string& request : requests) {
    EXPECT_NE(request.find("Content-Length: 9\r\n"), std::string::npos) << request;
    EXPECT_NE(request.find("content-type: application/wasm\r\n"), std::string::npos) << request;
    EXPECT_TRUE(request.ends_with("\r\n\r\nthe bytes")) << request;
  }
}

TEST_F(UploadTest, GivesUpAfterTheSecondBreak) {
  ScriptedServer server({"", "", ""});
  EXPECT_EQ(upload(server).error().id, "F0708");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(UrlEscape, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(url_escape("a-b_c.d~e"), "a-b_c.d~e");
  EXPECT_EQ(url_escape("https://a.example/?x=1&y"), "https%3A%2F%2Fa.example%2F%3Fx%3D1%26y");
  EXPECT_EQ(url_escape("\xc3\xa9\n"), "%C3%A9%0A");
}

}  // namespace
}  // namespace faasta::cli
