#include "http/http2/frame_gate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/http2_client.hpp"

namespace faasta::http::http2 {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string frame(std::uint8_t type, std::int32_t id, std::string_view payload) {
  return test::Http2Client::frame(type, 0, id, payload);
}

const std::string kData = frame(0, 1, "some bytes");
const std::string kEmpty = frame(4, 0, "");
const std::string kWindow = frame(FrameGate::kWindowUpdate, 3, std::string("\x00\x00\x01\x02", 4));
const std::string kPriority = frame(FrameGate::kPriority, 5, std::string("\x80\x00\x00\x07\x10", 5));
const std::string kLongWindow = frame(FrameGate::kWindowUpdate, 7, "five!");

struct Seen {
  std::vector<FrameHead> frames;
  std::string passed;
  bool goes_on = true;
};

/// Feeds the pieces. `verdict_of` gets the index of a frame and returns its verdict.
template <class VerdictOf>
Seen feed(const std::vector<std::string_view>& pieces, const VerdictOf& verdict_of) {
  FrameGate gate;
  Seen seen;
  for (const std::string_view piece : pieces) {
    const bool goes_on = gate.take(
        piece,
        [&](const FrameHead& head) {
          seen.frames.push_back(head);
          return verdict_of(seen.frames.size() - 1);
        },
        [&](std::string_view bytes) {
          seen.passed += bytes;
          return true;
        });
    seen.goes_on = seen.goes_on && goes_on;
  }
  return seen;
}

constexpr auto kPassAll = [](std::size_t) { return FrameGate::Verdict::pass; };

TEST(Http2FrameGate, FindsTheSameFramesInEverySplitOfTheBytes) {
  const std::string all = std::string(kPreface) + kData + kEmpty + kWindow + kPriority + kLongWindow;
  const auto check = [&all](const Seen& seen) {
    EXPECT_TRUE(seen.goes_on);
    EXPECT_EQ(seen.passed, all);
    ASSERT_EQ(seen.frames.size(), 5U);
    EXPECT_EQ(seen.frames[0].length, 10U);
    EXPECT_EQ(seen.frames[0].stream, 1);
    EXPECT_EQ(seen.frames[1].type, 4);
    EXPECT_EQ(seen.frames[1].length, 0U);
    EXPECT_EQ(seen.frames[2].number, 0x102U);
    EXPECT_EQ(seen.frames[3].number, 0x8000'0007U);
    EXPECT_EQ(seen.frames[4].number, 0U) << "its length is wrong, so it has no number";
  };
  for (std::size_t first = 0; first <= all.size(); ++first) {
    for (std::size_t second = first; second <= all.size(); ++second) {
      const std::string_view text(all);
      check(feed({text.substr(0, first), text.substr(first, second - first), text.substr(second)}, kPassAll));
    }
  }
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < all.size(); ++i) bytes.push_back(std::string_view(all).substr(i, 1));
  check(feed(bytes, kPassAll));
}

TEST(Http2FrameGate, DropsAFrameAndGoesOn) {
  const std::string all = std::string(kPreface) + kWindow + kData;
  for (std::size_t first = 0; first <= all.size(); ++first) {
    const std::string_view text(all);
    const Seen seen = feed({text.substr(0, first), text.substr(first)}, [](std::size_t index) {
      return index == 0 ? FrameGate::Verdict::drop : FrameGate::Verdict::pass;
    });
    EXPECT_TRUE(seen.goes_on);
    EXPECT_EQ(seen.passed, std::string(kPreface) + kData) << first;
  }
}

TEST(Http2FrameGate, StopsAtAFrameForEver) {
  const std::string all = std::string(kPreface) + kEmpty + kData + kEmpty;
  for (std::size_t first = 0; first <= all.size(); ++first) {
    const std::string_view text(all);
    const Seen seen = feed({text.substr(0, first), text.substr(first), text}, [](std::size_t index) {
      return index == 1 ? FrameGate::Verdict::stop : FrameGate::Verdict::pass;
    });
    EXPECT_FALSE(seen.goes_on);
    EXPECT_EQ(seen.frames.size(), 2U);
    EXPECT_EQ(seen.passed, std::string(kPreface) + kEmpty) << first;
  }
}

TEST(Http2FrameGate, StopsWhenTheReceiverDoes) {
  FrameGate gate;
  const auto judge = [](const FrameHead&) { return FrameGate::Verdict::pass; };
  int calls = 0;
  const auto pass = [&calls](std::string_view) { return ++calls < 2; };
  EXPECT_FALSE(gate.take(std::string(kPreface) + kEmpty + kEmpty, judge, pass));
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(gate.take(kEmpty, judge, pass));
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace faasta::http::http2
