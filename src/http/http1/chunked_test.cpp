#include "http/http1/chunked.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace faasta::http {
namespace {

struct Decoded {
  std::string body;
  std::vector<Field> trailers;
  bool end = false;
  std::size_t left = 0;
};

/// Feeds `bytes` in pieces of `piece` bytes, as a socket might.
Result<Decoded> decode(std::string_view bytes, std::size_t piece) {
  ChunkDecoder decoder;
  Decoded out;
  std::size_t have = 0;
  std::size_t used = 0;
  while (!out.end) {
    const auto step = decoder.decode(bytes.substr(used, have - used));
    if (!step) return std::unexpected(step.error());
    out.body += step->data;
    out.end = step->end;
    used += step->used;
    if (step->used > 0 || step->end) continue;
    if (have == bytes.size()) break;
    have = std::min(bytes.size(), have + piece);
  }
  out.trailers = decoder.trailers();
  out.left = bytes.size() - used;
  return out;
}

TEST(ChunkDecoder, JoinsChunksHoweverTheyArrive) {
  for (std::size_t piece = 1; piece < 40; ++piece) {
    const auto out = decode("5\r\nhello\r\n1;x=\"y\"\r\n!\r\n0\r\nx-sum: 7\r\n\r\nnext", piece);
    ASSERT_TRUE(out.has_value()) << out.error().detail;
    EXPECT_EQ(out->body, "hello!");
    EXPECT_TRUE(out->end);
    EXPECT_EQ(out->left, 4U);
    ASSERT_EQ(out->trailers.size(), 1U);
    EXPECT_EQ(out->trailers[0].value, "7");
  }
}

TEST(ChunkDecoder, RefusesWhatTwoParsersCouldReadDifferently) {
  for (const std::string_view bytes : {"+5\r\nhello\r\n0\r\n\r\n",
                                       "0x5\r\nhello\r\n0\r\n\r\n",
                                       "5 \r\nhello\r\n0\r\n\r\n",
                                       "\r\nhello\r\n0\r\n\r\n",
                                       "5_0\r\nhello",
                                       "8000000000000000\r\n",
                                       "10000000000000000\r\n",
                                       "5\nhello\r\n0\r\n\r\n",
                                       "5\r\nhelloX\r\n",
                                       "5;\r\nhello\r\n0\r\n\r\n",
                                       "5;a=\r\nhello\r\n0\r\n\r\n",
                                       "5;;a\r\nhello\r\n0\r\n\r\n",
                                       "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n",
                                       "5;a=b c\r\nhello\r\n0\r\n\r\n",
                                       "5 a\r\nhello\r\n0\r\n\r\n",
                                       "5\r\nhello0\r\n\r\n",
                                       "5;a=\"b\r\nhello\r\n0\r\n\r\n",
                                       "5;\x01\r\nhello\r\n0\r\n\r\n",
                                       "0\r\nno colon\r\n\r\n",
                                       "0\r\na : b\r\n\r\n",
                                       "0\r\n folded\r\n\r\n",
                                       "0\r\na: b\n\r\n"}) {
    for (const std::size_t piece : {1U, 100U}) EXPECT_FALSE(decode(bytes, piece).has_value()) << bytes;
  }
  EXPECT_FALSE(decode("5;" + std::string(300, 'a') + "\r\nhello\r\n0\r\n\r\n", 100).has_value());
}

TEST(ChunkDecoder, TakesEveryExtensionOfTheGrammar) {
  for (const std::string_view line : {"5;a", "5 ;a", "5\t;\ta\t=\tb", "5;a=b;c", "5;a=\"b;c\\\"d\"", "5;a=\"\"",
                                      "0000000000000000005", "5;a=\"\xc3\xa4\""}) {
    const auto out = decode(std::string(line) + "\r\nhello\r\n0;last\r\n\r\n", 3);
    ASSERT_TRUE(out.has_value()) << line << ": " << out.error().detail;
    EXPECT_EQ(out->body, "hello") << line;
    EXPECT_TRUE(out->end);
  }
}

TEST(ChunkDecoder, KeepsTrailersOutThatMayNotBeThere) {
  const auto out =
      decode("0\r\nHost: evil\r\ncontent-length: 1\r\nX-Forwarded-For: me\r\ncookie: a\r\nok: yes\r\n\r\n", 100);
  ASSERT_TRUE(out.has_value());
  ASSERT_EQ(out->trailers.size(), 1U);
  EXPECT_EQ(out->trailers[0].name, "ok");
}

}  // namespace
}  // namespace faasta::http
