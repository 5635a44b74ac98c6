#include "secrets/keys.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.hpp"
#include "unit/guests.hpp"

namespace faasta::secrets {
namespace {

class KeysTest : public testing::Test {
 protected:
  std::string mistake() { return Keys::read(file_).error().detail; }
  test::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "secrets.key";
};

TEST_F(KeysTest, AFileIsMadeOnce) {
  ASSERT_TRUE(Keys::create(file_));
  const auto first = Keys::read(file_);
  ASSERT_TRUE(first);
  ASSERT_TRUE(Keys::create(file_));
  EXPECT_EQ(Keys::read(file_)->current().id, first->current().id) << "the key of another process was replaced";
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1) << "a file is left";
  EXPECT_EQ(std::filesystem::status(file_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(KeysTest, TheFileKeepsItsOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  constexpr uid_t kOther = 12345;
  ASSERT_TRUE(Keys::create(file_));
  ASSERT_EQ(::chown(file_.c_str(), kOther, kOther), 0);
  ASSERT_TRUE(Keys::write(file_, {Keys::random()}));
  struct stat found{};
  ASSERT_EQ(::stat(file_.c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, kOther);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  std::filesystem::remove(file_);
  ASSERT_EQ(::chown(folder_.path().c_str(), kOther, kOther), 0);
  ASSERT_TRUE(Keys::create(file_));
  ASSERT_EQ(::stat(file_.c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, kOther) << "a new file belongs to the owner of the folder";
}

TEST_F(KeysTest, TheFirstKeyIsTheCurrentOne) {
  const Key first = Keys::random();
  const Key second = Keys::random();
  ASSERT_TRUE(Keys::write(file_, {first, second}));
  const auto keys = Keys::read(file_);
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->current().id, first.id);
  EXPECT_EQ(keys->find(second.id)->bytes, second.bytes);
  EXPECT_EQ(keys->find("other"), nullptr);
}

TEST_F(KeysTest, SaysWhyAFileCannotBeUsed) {
  EXPECT_NE(mistake().find("is not there"), std::string::npos);
  for (const char* const text : {"", "\n", "xyz\n", "0123\n"}) {
    ASSERT_TRUE(replace_file(file_, text, 0600, Durable::no));
    EXPECT_NE(mistake().find("key"), std::string::npos) << text;
  }
  ASSERT_TRUE(Keys::write(file_, {Keys::random()}));
  std::filesystem::permissions(file_, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  EXPECT_NE(mistake().find("others may read"), std::string::npos);
}

}  // namespace
}  // namespace faasta::secrets
