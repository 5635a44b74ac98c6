#include "policy/dependency_list.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace faasta::policy {
namespace {

std::string compressed(const std::string& text) {
  std::string out(::compressBound(text.size()), '\0');
  uLongf length = out.size();
  EXPECT_EQ(::compress(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(text.data()),
                       text.size()),
            Z_OK);
  out.resize(length);
  return out;
}

TEST(DependencyList, IsReadFromCargoAuditablesFormat) {
  const auto list = read_section(compressed(
      R"({"packages":[{"name":"wstd","version":"0.6.6","source":"crates.io"},
          {"name":"hello","version":"0.1.0","source":"local","dependencies":[0,2],"root":true},
          {"name":"cc","version":"1.0.1+x","source":"registry","kind":"build","features":["a"]}],"format":8})"));
  ASSERT_TRUE(list) << list.error().detail;
  ASSERT_EQ(list->packages.size(), 3U);
  EXPECT_EQ(list->packages[0], (Package{"wstd", "0.6.6", "crates.io", Kind::runtime, {}, false}));
  EXPECT_EQ(list->packages[1], (Package{"hello", "0.1.0", "local", Kind::runtime, {0, 2}, true}));
  EXPECT_EQ(list->packages[2].kind, Kind::build);
}

TEST(DependencyList, IsRefusedWhenItIsDamaged) {
  const std::string good = R"({"packages":[{"name":"a","version":"1.0.0","source":"crates.io"}]})";
  ASSERT_TRUE(read_section(compressed(good)));
  const std::string bad[] = {
      "",
      "not zlib",
      compressed("[1]"),
      compressed("{}"),
      compressed(R"({"packages":1})"),
      compressed(R"({"packages":[1]})"),
      compressed(R"({"packages":[{"name":"a","version":"1.0.0"}]})"),
      compressed(R"({"packages":[{"name":"a","version":"1","source":"git"}]})"),
      compressed(R"({"packages":[{"name":"a b","version":"1.0.0","source":"git"}]})"),
      compressed(R"({"packages":[{"name":"","version":"1.0.0","source":"git"}]})"),
      compressed(R"({"packages":[{"name":"a","version":"1.0.0","source":"g\u001b[31m"}]})"),
      compressed(R"({"packages":[{"name":"a","version":"1.0.0","source":"git","kind":"x"}]})"),
      compressed(R"({"packages":[{"name":"a","version":"1.0.0","source":"git","dependencies":[1]}]})"),
      compressed(R"({"packages":[{"name":"a","version":"1.0.0","source":"git","dependencies":[-1]}]})"),
      compressed(R"({"packages":[{"name":"a","version":"1.0.0","source":"git","root":1}]})"),
      compressed(R"({"packages":[{"name":")" + std::string(200, 'a') + R"(","version":"1.0.0","source":"git"}]})"),
      compressed(good) + "x",
      compressed(good).substr(0, 20),
      compressed(std::string(32U << 20U, ' '))};
  for (const std::string& section : bad)
    EXPECT_EQ(read_section(section).error().code, Code::dependency_list_damaged) << section.size();
}

TEST(DependencyList, IsBounded) {
  std::string many = R"({"packages":[)";
  for (int i = 0; i <= 4096; ++i)
    many += std::string(i == 0 ? "" : ",") + R"({"name":"a","version":"1.0.0","source":"git"})";
  EXPECT_FALSE(read_section(compressed(many + "]}")));
}

TEST(DependencyList, WritesTheSameBytesInWhateverOrder) {
  const Package a{"a", "1.0.0", "crates.io", Kind::runtime, {1, 2}, true};
  const Package b{"b", "1.0.0", "crates.io", Kind::runtime, {}, false};
  const Package b2{"b", "0.9.0", "crates.io", Kind::build, {}, false};
  const std::string one = write_section({{a, b, b2}});
  const Package last{"a", "1.0.0", "crates.io", Kind::runtime, {1, 0, 1}, true};
  EXPECT_EQ(one, write_section({{b, b2, last}}));
  const auto back = read_section(one);
  ASSERT_TRUE(back);
  ASSERT_EQ(back->packages.size(), 3U);
  EXPECT_EQ(back->packages[0], (Package{"a", "1.0.0", "crates.io", Kind::runtime, {1, 2}, true}));
  EXPECT_EQ(back->packages[1].version, "0.9.0");
}

TEST(DependencyList, MergesListsAndKeepsWhatIsInTheComponent) {
  const DependencyList one{
      {Package{"a", "1.0.0", "local", Kind::runtime, {1}, true}, Package{"b", "1.0.0", "git", Kind::build, {}, false}}};
  const DependencyList two{
      {Package{"b", "1.0.0", "git", Kind::runtime, {}, false}, Package{"c", "1.0.0", "git", Kind::build, {}, false}}};
  const DependencyList all = merged({one, two});
  ASSERT_EQ(all.packages.size(), 3U);
  EXPECT_EQ(all.packages[0].dependencies, std::vector<std::size_t>{1});
  EXPECT_EQ(all.packages[1].kind, Kind::runtime);
}

TEST(DependencyList, ComparesNamesAsRegistriesDo) {
  EXPECT_EQ(folded_name("Proc_Macro-Error"), folded_name("proc-macro_error"));
  EXPECT_NE(folded_name("a-b"), folded_name("ab"));
}

}  // namespace
}  // namespace faasta::policy
