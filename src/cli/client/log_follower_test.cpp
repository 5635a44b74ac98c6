#include "cli/client/log_follower.hpp"

#include <gtest/gtest.h>

#include "cli/client/scripted_server.hpp"
#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

std::string stream(const std::string& events) {
  return ScriptedServer::answer("200 OK", "faasta-api: 1\r\ncontent-type: text/event-stream\r\n", events);
}

std::string event(const std::string& id, const std::string& text) {
  return "id: " + id + "\ndata: {\"kind\":\"stdout\",\"text\":\"" + text + "\"}\n\n";
}

std::string problem(const std::string& status, const std::string& code) {
  return ScriptedServer::answer(status, "faasta-api: 1\r\n", "{\"code\":\"" + code + "\"}");
}

/// The result of following until `wanted` entries have arrived: their texts, and how it ended.
struct Followed {
  std::vector<std::string> texts;
  Outcome<void> ended;
};
Followed follow(ScriptedServer& server, std::size_t wanted) {
  const ApiClient api(*ServerUrl::parse(server.url()), "secret", TokenSource::saved);
  Output output({.json = false, .quiet = true, .verbose = false, .color = ColorChoice::never});
  LogFollower follower(api, "/logs", "?tail=1", output);
  Followed out;
  out.ended = follower.follow(
      [&](const boost::json::object& entry) {
        out.texts.push_back(text_field(entry, "text"));
        return out.texts.size() < wanted;
      },
      [] { return true; });
  return out;
}

using Texts = std::vector<std::string>;

TEST(LogFollower, ResumesAfterABreakWhereItStopped) {
  ScriptedServer server({stream(": heartbeat\n\n" + event("c1", "one") + "id: c2\ndata: {\"cut"), "",
                         problem("503 Unavailable", "F0112"), stream(event("c2", "two"))});
  const Followed followed = follow(server, 2);
  ASSERT_TRUE(followed.ended) << followed.ended.error().detail;
  EXPECT_EQ(followed.texts, (Texts{"one", "two"}));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_TRUE(requests[0].starts_with("GET /logs?tail=1 ")) << requests[0];
  EXPECT_EQ(requests[0].find("last-event-id"), std::string::npos);
  EXPECT_NE(requests[0].find("accept: text/event-stream\r\n"), std::string::npos) << requests[0];
  EXPECT_NE(requests[0].find("authorization: Bearer secret\r\n"), std::string::npos);
  EXPECT_TRUE(requests[3].starts_with("GET /logs?tail=1 ")) << "the filters of the query go on: " << requests[3];
  EXPECT_NE(requests[3].find("last-event-id: c1\r\n"), std::string::npos) << requests[3];
}

TEST(LogFollower, AnIdWithoutAnEntryIsAPlaceToGoOnFrom) {
  ScriptedServer server({stream(event("c1", "one") + "id: c7\n: still here\n\n"), stream(event("c8", "two"))});
  EXPECT_EQ(follow(server, 2).texts, (Texts{"one", "two"}));
  EXPECT_NE(server.requests()[1].find("last-event-id: c7\r\n"), std::string::npos) << server.requests()[1];
}

TEST(LogFollower, EndsAtAProblemThatLasts) {
  ScriptedServer server({stream(event("c1", "one")), problem("404 Not Found", "F0204")});
  const Followed followed = follow(server, 9);
  ASSERT_FALSE(followed.ended);
  EXPECT_EQ(followed.ended.error().id, "F0204");
}

TEST(LogFollower, FailsWhereThereIsNoServerFromTheStart) {
  ScriptedServer server({""});
  EXPECT_EQ(follow(server, 1).ended.error().id, "F0708");
}

}  // namespace
}  // namespace faasta::cli
