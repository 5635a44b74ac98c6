#include "attack/answer_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace faasta::attack {
namespace {

/// Gives the reader the bytes in parts of `step` bytes.
std::vector<Answer> read(std::string_view bytes, std::size_t step) {
  AnswerReader reader(100);
  std::vector<Answer> out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string_view part = bytes.substr(at, step);
    while (!part.empty())
      if (auto answer = reader.take(part)) out.push_back(*std::move(answer));
  }
  EXPECT_FALSE(reader.inside());
  return out;
}

constexpr std::string_view kAnswers =
    "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello\n"
    "HTTP/1.1 204 No Content\r\n\r\n"
    "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nt: 1\r\n\r\n"
    "HTTP/1.1 503 Service Unavailable\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";

TEST(AnswerReader, finds_each_answer_in_parts_of_any_size) {
  for (std::size_t step = 1; step <= kAnswers.size(); ++step) {
    const auto answers = read(kAnswers, step);
    ASSERT_EQ(answers.size(), 5U) << step;
    EXPECT_EQ(answers[0].body, "hello\n");
    EXPECT_FALSE(answers[0].last);
    EXPECT_EQ(answers[1].status, 204);
    EXPECT_EQ(answers[2].status, 429);
    EXPECT_TRUE(answers[2].last);
    EXPECT_EQ(answers[3].body, "abcde");
    EXPECT_EQ(answers[4].status, 503);
  }
}

TEST(AnswerReader, keeps_only_the_first_bytes_of_a_body) {
  AnswerReader reader(3);
  std::string_view bytes = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello\n";
  const auto answer = reader.take(bytes);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "hel");
}

TEST(AnswerReader, knows_that_an_answer_has_not_ended) {
  AnswerReader reader;
  std::string_view bytes = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhel";
  EXPECT_FALSE(reader.take(bytes));
  EXPECT_TRUE(reader.inside());
}

}  // namespace
}  // namespace faasta::attack
