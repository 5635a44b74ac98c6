#include "cli/client/sse_parser.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace faasta::cli {
namespace {

struct Seen {
  SseParser parser;
  std::vector<std::string> events;
  bool feed(std::string_view bytes) {
    return parser.feed(bytes, [this](const SseEvent& event) {
      events.push_back(event.id + "|" + event.data);
      return true;
    });
  }
};

using Events = std::vector<std::string>;

TEST(SseParser, GivesDataWithItsId) {
  Seen seen;
  EXPECT_TRUE(seen.feed("id: 7\ndata: {\"a\":1}\n\nid: 8\ndata: b\n\n"));
  EXPECT_EQ(seen.events, (Events{"7|{\"a\":1}", "8|b"}));
}

TEST(SseParser, DoesNotCareHowTheBytesAreSplit) {
  Seen seen;
  for (const char c : std::string("id: 7\r\ndata: x\r\n\r\ndata: y\r\n\r\n")) EXPECT_TRUE(seen.feed({&c, 1}));
  EXPECT_EQ(seen.events, (Events{"7|x", "7|y"}));
}

TEST(SseParser, IgnoresCommentsAndFieldsItDoesNotKnow) {
  Seen seen;
  EXPECT_TRUE(seen.feed(": heartbeat\n\nevent: log\nretry: 5\ndata: x\n\n"));
  EXPECT_EQ(seen.events, Events{"|x"});
}

TEST(SseParser, JoinsDataLines) {
  Seen seen;
  EXPECT_TRUE(seen.feed("data: a\ndata: b\ndata\n\n"));
  EXPECT_EQ(seen.events, Events{"|a\nb\n"});
}

TEST(SseParser, DropsAnEventThatIsNotFinished) {
  Seen seen;
  EXPECT_TRUE(seen.feed("data: a\n"));
  EXPECT_TRUE(seen.events.empty());
}

TEST(SseParser, RefusesALineWithoutEnd) {
  Seen seen;
  EXPECT_FALSE(seen.feed("data: " + std::string(2U << 20U, 'x')));
}

TEST(SseParser, RefusesAnEventWithoutEnd) {
  Seen seen;
  bool going = true;
  for (int i = 0; i < 4096 && going; ++i) going = seen.feed("data: " + std::string(1024, 'x') + "\n");
  EXPECT_FALSE(going);
}

TEST(SseParser, StopsWhenItsReaderWantsNoMore) {
  SseParser parser;
  int count = 0;
  EXPECT_FALSE(parser.feed("data: a\n\ndata: b\n\n", [&](const SseEvent&) { return ++count < 1; }));
  EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace faasta::cli
