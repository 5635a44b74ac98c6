#include "base/scopes.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(Scopes, AreWordsInOneOrder) {
  EXPECT_EQ(Scopes::parse("deploy:zoo  read deploy:abc deploy:zoo")->text(), "read deploy:abc deploy:zoo");
  EXPECT_EQ(Scopes::admin_scope().text(), "admin");
  for (const char* wrong : {"", " ", "write", "deploy:", "deploy:A", "deploy:a--b", "Admin", "read,deploy"})
    EXPECT_EQ(Scopes::parse(wrong).error().code, Code::bad_request) << wrong;
}

TEST(Scopes, AllowWhatTheySay) {
  const auto one = *Scopes::parse("deploy:hello");
  EXPECT_TRUE(one.may_deploy("hello") && one.may_read("hello"));
  EXPECT_FALSE(one.may_deploy("other") || one.may_read("other") || one.read_all() || one.admin());
  const auto read = *Scopes::parse("read");
  EXPECT_TRUE(read.may_read("any") && read.read_all());
  EXPECT_FALSE(read.may_deploy("any"));
  const auto deploy = *Scopes::parse("deploy");
  EXPECT_TRUE(deploy.may_read("any") && deploy.may_deploy("any"));
  EXPECT_FALSE(deploy.admin());
}

TEST(Scopes, CoverWhatIsNotMore) {
  const auto scopes = [](const char* text) { return *Scopes::parse(text); };
  EXPECT_TRUE(scopes("admin").cover(scopes("admin read deploy")));
  EXPECT_TRUE(scopes("deploy").cover(scopes("deploy:hello read")));
  EXPECT_TRUE(scopes("deploy:a-b deploy:hello").cover(scopes("deploy:hello")));
  EXPECT_FALSE(scopes("deploy:hello").cover(scopes("deploy")));
  EXPECT_FALSE(scopes("deploy:hello").cover(scopes("read")));
  EXPECT_FALSE(scopes("deploy").cover(scopes("admin")));
  EXPECT_FALSE(scopes("read").cover(scopes("deploy:hello")));
}

}  // namespace
}  // namespace faasta
