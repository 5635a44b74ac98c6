#include "gateway/secret_mask.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "unit/cpu_time.hpp"

namespace faasta::gateway {
namespace {

TEST(SecretMask, HidesEachLineOfAValue) {
  const std::vector<secrets::Opened::Secret> secrets = {{"KEY", "sk_live_12345"},
                                                        {"LONGER", "sk_live_123456789"},
                                                        {"SHORT", "1234567"},
                                                        {"PEM", "-----BEGIN\nabcdefghij\r\nxyz\n"}};
  const SecretMask mask(secrets);
  EXPECT_EQ(mask.masked("key=sk_live_12345."), "key=***KEY***.");
  EXPECT_EQ(mask.masked("sk_live_123456789sk_live_12345"), "***LONGER******KEY***");
  EXPECT_EQ(mask.masked("1234567"), "1234567");
  EXPECT_EQ(mask.masked("abcdefghij"), "***PEM***");
  EXPECT_EQ(mask.masked("-----BEGIN"), "***PEM***");
  EXPECT_EQ(mask.masked("xyz"), "xyz");
  EXPECT_EQ(mask.masked("sk_live_1234"), "sk_live_1234");
}

TEST(SecretMask, WithoutSecretsNothingIsHidden) {
  EXPECT_TRUE(SecretMask().empty());
  EXPECT_TRUE(SecretMask({{"A", "short"}}).empty());
  EXPECT_EQ(SecretMask().masked("text"), "text");
}

/// No byte of a secret stays because another secret begins or ends in it.
TEST(SecretMask, HidesAllBytesOfLinesThatOverlap) {
  const SecretMask mask({{"A", "abcdefgh"}, {"B", "efghijklmn"}, {"INSIDE", "hijklmno\nghijklmnopq"}});
  EXPECT_EQ(mask.masked("<abcdefghijklmn>"), "<***B***>");
  EXPECT_EQ(mask.masked("<abcdefghijklmno>"), "<***B***>");
  EXPECT_EQ(mask.masked("<ghijklmnopq abcdefgh>"), "<***INSIDE*** ***A***>");
  EXPECT_EQ(mask.masked("efghijklabcdefgh"), "efghijkl***A***");
  EXPECT_EQ(SecretMask({{"AS", "aaaaaaaa"}}).masked("aaaaaaaaaaab"), "***AS***b");
}

TEST(SecretMask, KnowsALineThatMayGoOn) {
  const SecretMask mask({{"A", "abcdefgh"}, {"B", "defghijk"}});
  EXPECT_EQ(mask.begun(""), 0U);
  EXPECT_EQ(mask.begun("xyz"), 0U);
  EXPECT_EQ(mask.begun("a"), 1U);
  EXPECT_EQ(mask.begun("xabcdefg"), 7U);
  EXPECT_EQ(mask.begun("abcdefghi"), 6U);
  EXPECT_EQ(mask.begun("abcdefgha"), 1U);
  EXPECT_EQ(SecretMask().begun("a"), 0U);
}

/// What is shown instead of a value is not searched: it is no secret, and a search would make it longer and longer.
TEST(SecretMask, DoesNotHideTheNamesThatItShows) {
  const SecretMask mask({{"PASSWORD_OF_ALL", "something long"}, {"B", "PASSWORD"}});
  EXPECT_EQ(mask.masked("something long, PASSWORD"), "***PASSWORD_OF_ALL***, ***B***");
}

TEST(SecretMask, HidesALineOfTwoSecretsUnderTheFirstName) {
  EXPECT_EQ(SecretMask({{"A", "12345678\n12345678"}, {"B", "12345678"}}).masked("12345678"), "***A***");
}

/// Marks each byte of each line by a search for one line after the other.
std::vector<bool> searched(const std::string& text, const std::vector<std::string>& lines) {
  std::vector<bool> out(text.size());
  for (const std::string& line : lines)
    for (std::size_t at = text.find(line); at != std::string::npos; at = text.find(line, at + 1))
      std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(at), line.size(), true);
  return out;
}

TEST(SecretMask, HidesWhatASearchForEachLineFinds) {
  std::mt19937 random(7);
  const auto some = [&random](std::size_t size, char letters) {
    std::string out;
    while (out.size() < size) out.push_back(static_cast<char>('a' + random() % static_cast<unsigned>(letters)));
    return out;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> lines;
    std::vector<secrets::Opened::Secret> secrets;
    for (int i = 0; i < 20; ++i) lines.push_back(some(8 + random() % 12, 2));
    for (const std::string& line : lines) secrets.push_back({"N", line});
    const std::string text = some(200, 2 + static_cast<char>(round % 2));
    const std::vector<bool> hidden = searched(text, lines);
    std::string left;
    for (std::size_t i = 0; i < text.size(); ++i)
      if (!hidden[i]) left.push_back(text[i]);
    std::string shown = SecretMask(secrets).masked(text);
    for (std::size_t at; (at = shown.find("***N***")) != std::string::npos;) shown.erase(at, 7);
    ASSERT_EQ(shown, left) << text;
  }
}

/// Text for a value of at most `bytes`: `count` lines, each with `begin` and then its number.
std::string numbered(std::size_t count, const std::string& begin, int digits) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, static_cast<std::size_t>(digits) - number.size(), '0');
    out += begin + number + "\n";
  }
  return out;
}

/// An owner chooses the secrets and what the function prints, and the event loop of all owners hides them.
TEST(SecretMask, TakesNoLongerForManyLinesThanForOne) {
  const std::string many = numbered(7000, "abc-", 4);
  const std::string nearly = std::string(1000, 'a') + "b\n" + numbered(3000, "aaaaaaaaaa", 4);
  const std::string one = "12345678";
  const SecretMask with_one({{"ONE", one}});
  for (const std::string& value : {many, nearly}) {
    const SecretMask mask({{"MANY", value}});
    const auto empty_lines = [](const SecretMask& of) {
      for (int i = 0; i < 4096; ++i) EXPECT_TRUE(of.masked("").empty());
    };
    EXPECT_LT(test::cpu_time([&] { empty_lines(mask); }), 30 * test::cpu_time([&] { empty_lines(with_one); }));
    const std::string text(256U << 10U, 'a');
    const auto long_text = [&text](const SecretMask& of) { EXPECT_EQ(of.masked(text).size(), text.size()); };
    EXPECT_LT(test::cpu_time([&] { long_text(mask); }), 30 * test::cpu_time([&] { long_text(with_one); }));
  }
}

/// The name of the secret is longer than its lines, so the text grows with each line that is hidden. The mask does not
/// search the names that it has put in.
TEST(SecretMask, TakesNoLongerWhenTheTextGrows) {
  const std::string lines = numbered(7000, "abc-", 4);
  std::string text;
  for (std::size_t i = 0; i < 1024; ++i) text += lines.substr(9 * (i * 6), 8);
  const SecretMask mask({{std::string(128, 'N'), lines}});
  const auto hide = [&text](const SecretMask& with) { static_cast<void>(with.masked(text)); };
  EXPECT_EQ(mask.masked(text).size(), 1024U * 134U);
  const SecretMask with_one({{"ONE", "12345678"}});
  EXPECT_LT(test::cpu_time([&] { hide(mask); }), 50 * test::cpu_time([&] { hide(with_one); }));
}

}  // namespace
}  // namespace faasta::gateway
