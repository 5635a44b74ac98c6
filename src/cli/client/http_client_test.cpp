#include "cli/client/http_client.hpp"

#include <gtest/gtest.h>

#include "cli/client/scripted_server.hpp"

namespace faasta::cli {
namespace {

HttpRequest get(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

TEST(HttpClient, GivesStatusHeadersAndBody) {
  ScriptedServer server({"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" +
                         ScriptedServer::answer("404 Not Found", "X-One: a\r\n", "gone")});
  HttpRequest request;
  request.url = server.url() + "/path";
  request.headers = {{"x-empty", ""}, {"x-two", "b"}};
  const auto answer = send(request, 100);
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->head.status, 404);
  EXPECT_EQ(answer->head.header("x-one"), "a");
  EXPECT_EQ(answer->head.header("link"), "");
  EXPECT_EQ(answer->body, "gone");
  const std::string sent = server.requests().at(0);
  EXPECT_TRUE(sent.starts_with("GET /path HTTP/1.1\r\n")) << sent;
  EXPECT_NE(sent.find("User-Agent: faasta/" FAASTA_VERSION "\r\n"), std::string::npos) << sent;
  EXPECT_NE(sent.find("x-empty:\r\n"), std::string::npos) << sent;
  EXPECT_NE(sent.find("x-two: b\r\n"), std::string::npos) << sent;
}

TEST(HttpClient, RefusesAnAnswerThatIsTooLarge) {
  ScriptedServer server({ScriptedServer::answer("200 OK", "", std::string(200, 'x'))});
  const auto answer = send(get(server.url()), 100);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Transport::too_large);
}

TEST(HttpClient, TellsABrokenConnectionFromAnUnreachableServer) {
  ScriptedServer server({"", ScriptedServer::answer("200 OK", "content-length: 10\r\n", "short")});
  EXPECT_EQ(send(get(server.url()), 100).error().kind, Transport::broken);
  EXPECT_EQ(send(get(server.url()), 100).error().kind, Transport::broken);
  EXPECT_EQ(send(get("http://127.0.0.1:1"), 100).error().kind, Transport::unreachable);
}

TEST(HttpClient, FollowsNoRedirect) {
  ScriptedServer server({ScriptedServer::answer("302 Found", "location: http://127.0.0.1:1/\r\n", "")});
  const auto answer = send(get(server.url()), 100);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->head.status, 302);
}

TEST(HttpClient, AsksNoProxyForWhatIsOnThisMachine) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ScriptedServer server({ScriptedServer::answer("200 OK", "", "direct")});
  const auto answer = send(get(server.url()), 100);
  const auto proxied = send(get("http://faasta.invalid/"), 100);
  ::unsetenv("http_proxy");
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, "direct");
  EXPECT_NE(proxied.error().detail.find("127.0.0.1 port 1"), std::string::npos) << proxied.error().detail;
}

TEST(HttpClient, EndsWithoutFailureWhenItsReaderHasEnough) {
  ScriptedServer server({ScriptedServer::answer("200 OK", "", "much text")});
  const HttpReceiver receiver{nullptr, [](std::string_view) { return false; }};
  const auto head = send(get(server.url()), receiver);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
}

}  // namespace
}  // namespace faasta::cli
