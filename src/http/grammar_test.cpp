#include "http/grammar.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace faasta::http {
namespace {

/// The names of a list's elements. "!" follows a name with the weight 0; "?" is added if the list is malformed.
std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> out;
  ListReader reader(list);
  while (const auto element = reader.next()) out.push_back(std::string(element->name) + (element->refused ? "!" : ""));
  if (!reader.well_formed()) out.emplace_back("?");
  return out;
}

TEST(Grammar, ReadsLists) {
  using Names = std::vector<std::string>;
  const std::pair<std::string_view, Names> cases[] = {
      {"", {}},
      {" , ,\t,", {}},
      {"a", {"a"}},
      {",a , ,b,", {"a", "b"}},
      {"trailers, deflate;q=0.5", {"trailers", "deflate"}},
      {"trailers ; q=0, gzip;q=0.000;x=1", {"trailers!", "gzip!"}},
      {"gzip;q=0.001", {"gzip"}},
      {"a;x=\"b,c\\\"d\";y=z,b", {"a", "b"}},
      {"a;;b=c", {"a"}},
      {"text/html,*/*;q=0", {"text/html", "*/*!"}},
      {"a=b;c=d", {"a"}},
      {"a b", {"?"}},
      {"a;b", {"?"}},
      {"a;b=", {"?"}},
      {"a;b=\"c", {"?"}},
      {"a, (b)", {"a", "?"}},
      {"text/", {"?"}},
      {"a=", {"?"}},
      {"\"a\"", {"?"}},
      {"a;b=\"\x01\"", {"?"}},
  };
  for (const auto& [list, names] : cases) EXPECT_EQ(names_of(list), names) << list;
}

TEST(Grammar, KnowsChunkExtensions) {
  for (const char* good : {"", ";a", "; a", " ;a", ";a=b", "\t;\ta\t=\tb", ";a;b=c;d", ";a=\"\"", ";a=\"b;c\"",
                           ";a=\"b\\\"c\"", ";a=\"b\tc \xc3\xa4\"", ";a=\"b\" ;c"})
    EXPECT_TRUE(is_chunk_extension(good)) << good;
  for (const char* bad : {" ", ";", ";;a", ";=b", ";a=", ";a=b c", ";a=\"b", ";a=\"b\\", ";a=\"b\"c", ";a ", "a",
                          ";a=b,c", ";a=\"\x7f\"", ";\xe9", ";a=\"b\\\x01\""})
    EXPECT_FALSE(is_chunk_extension(bad)) << bad;
}

TEST(Grammar, KnowsWhichWeightsAreNothing) {
  for (const char* zero : {"0", "0.", "0.0", "0.00", "0.000"}) EXPECT_TRUE(is_zero_weight(zero)) << zero;
  for (const char* more : {"", "1", "0.1", "0.001", "0.0000", "00", "0,0"}) EXPECT_FALSE(is_zero_weight(more)) << more;
}

}  // namespace
}  // namespace faasta::http
