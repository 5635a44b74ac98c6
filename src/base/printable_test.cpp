#include "base/printable.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(Printable, LeavesTextAsItIs) {
  EXPECT_EQ(printable("a\tb\nc \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "a\tb\nc \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
}

TEST(Printable, DropsEscapeSequences) {
  EXPECT_EQ(printable("a\x1b[1;31mb\x1b[0mc"), "abc");
  EXPECT_EQ(printable("a\x1b]0;title\x07z"), "az");
  EXPECT_EQ(printable("a\x1b]8;;url\x1b\\z"), "az");
  EXPECT_EQ(printable("a\x1b"
                      "cz"),
            "az");
  EXPECT_EQ(printable("a\x1b"), "a");
  EXPECT_EQ(printable("a\x1b["), "a");
}

TEST(Printable, KeepsWhatFollowsAnUnfinishedSequenceOnTheNextLine) { EXPECT_EQ(printable("a\x1b]0;x\nb"), "a\nb"); }

TEST(Printable, DropsControlCharacters) {
  EXPECT_EQ(printable("a\rb\bc\x7f"
                      "d\x01"),
            "abcd");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "31mb"),
            "a31mb");
}

TEST(Printable, ReplacesBadUtf8) {
  EXPECT_EQ(printable("a\xff"
                      "b"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(printable("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Printable, OnOneLineHasNoLineFeeds) { EXPECT_EQ(printable_line("a\nb\tc"), "a b c"); }

TEST(IsUtf8, RefusesOverlongFormsSurrogatesAndCutSequences) {
  EXPECT_TRUE(is_utf8("\xed\x9f\xbf"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_utf8("\xe0\x80\x80"));
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8("\xe2\x82"));
}

}  // namespace
}  // namespace faasta
