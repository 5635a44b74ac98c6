#include "cli/terminal/request_blocks.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

boost::json::object entry(const char* kind, const char* request, const std::string& text) {
  return {{"kind", kind}, {"request_id", request}, {"text", text}};
}

class RequestBlocksTest : public testing::Test {
 protected:
  std::string taken_;
  RequestBlocks blocks_{[this](const RequestBlocks::Entry* request, const std::vector<RequestBlocks::Entry>& lines) {
    taken_ += request == nullptr ? "-" : std::string(request->at("request_id").as_string());
    taken_ += ":" + (lines.size() > 9 ? std::to_string(lines.size()) : std::string());
    if (lines.size() <= 9)
      for (const auto& line : lines) taken_ += std::string(line.at("text").as_string());
    taken_ += " ";
  }};
};

TEST_F(RequestBlocksTest, TheLinesOfARequestFollowIt) {
  blocks_.add(entry("stdout", "1", "a"));
  blocks_.add(entry("stderr", "2", "b"));
  blocks_.add(entry("stdout", "1", "c"));
  blocks_.add(entry("call", "1", ""));
  blocks_.add(entry("call", "3", ""));
  blocks_.add(entry("call", "2", ""));
  EXPECT_EQ(taken_, "1:ac 3: 2:b ");
}

TEST_F(RequestBlocksTest, AFunctionThatWritesMuchIsShownBeforeItsEnd) {
  for (int i = 0; i < 450; ++i) blocks_.add(entry("stdout", "1", "x"));
  EXPECT_EQ(taken_, "-:200 -:200 ");
  blocks_.add(entry("call", "1", ""));
  EXPECT_EQ(taken_, "-:200 -:200 1:50 ");
}

TEST_F(RequestBlocksTest, RequestsWhoseEndIsLostAreForgotten) {
  for (int i = 0; i < 2000; ++i) blocks_.add(entry("stdout", std::to_string(i).c_str(), "x"));
  blocks_.add(entry("call", "5", ""));
  blocks_.add(entry("call", "1999", ""));
  EXPECT_EQ(taken_, "5: 1999:x ");
}

}  // namespace
}  // namespace faasta::cli
