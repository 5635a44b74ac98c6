#include "engine/seal_key.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "base/file.hpp"
#include "unit/guests.hpp"

namespace faasta::engine {
namespace {

class SealKeyTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "seal.key";
};

TEST_F(SealKeyTest, IsMadeOnceAndReadableByItsUserAlone) {
  const auto first = seal_key(file_);
  ASSERT_TRUE(first.has_value());
  struct stat status{};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(*seal_key(file_), *first);
  EXPECT_NE(*seal_key(folder_.path() / "other.key"), *first);
}

TEST_F(SealKeyTest, AFileThatIsNoKeyIsReplaced) {
  const auto first = *seal_key(file_);
  const std::string whole = *read_file(file_);
  std::string capital = whole;
  capital.back() = 'G';
  for (const std::string& damaged :
       {std::string(), whole.substr(1), whole + "0", capital, std::string(whole.size(), '0')}) {
    ASSERT_TRUE(replace_file(file_, damaged, 0600, Durable::no).has_value());
    const auto made = seal_key(file_);
    ASSERT_TRUE(made.has_value()) << damaged;
    EXPECT_NE(*made, first);
    EXPECT_EQ(*seal_key(file_), *made);
  }
}

TEST_F(SealKeyTest, AFileThatCannotBeReadIsKept) {
  std::filesystem::create_directory(file_);
  EXPECT_FALSE(seal_key(file_).has_value());
  EXPECT_TRUE(std::filesystem::is_directory(file_));
}

TEST_F(SealKeyTest, AFolderThatCannotBeWrittenIsAnError) {
  EXPECT_FALSE(seal_key(folder_.path() / "missing" / "seal.key").has_value());
}

}  // namespace
}  // namespace faasta::engine
