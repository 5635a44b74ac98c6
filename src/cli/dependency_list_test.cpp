#include "cli/dependency_list.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace faasta::cli {
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
  const auto list =
      read_dependency_list(compressed(R"({"packages":[{"name":"wstd","version":"0.6.6","source":"crates.io"}]})"));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().name, "wstd");
  EXPECT_EQ(list->front().version, "0.6.6");
  EXPECT_EQ(list->front().source, "crates.io");
}

TEST(DependencyList, IsRefusedWhenItIsDamagedOrExplodes) {
  EXPECT_FALSE(read_dependency_list(""));
  EXPECT_FALSE(read_dependency_list("not zlib"));
  EXPECT_FALSE(read_dependency_list(compressed("[1]")));
  EXPECT_FALSE(read_dependency_list(compressed(R"({"packages":[1]})")));
  EXPECT_FALSE(read_dependency_list(compressed(std::string(32U << 20U, ' '))));
}

}  // namespace
}  // namespace faasta::cli
