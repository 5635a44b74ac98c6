#include "cli/process/git.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

TEST(Git, APlaceHasAnAddressARefAndAFolder) {
  EXPECT_EQ(git_place("https://host/x").where, "https://host/x");
  EXPECT_EQ(git_place("https://host/x#main").ref, "main");
  const GitPlace place = git_place("https://host/x#:service/api");
  EXPECT_EQ(place.ref, "");
  EXPECT_EQ(place.folder, "service/api");
  EXPECT_TRUE(is_inside_repository(place));
  EXPECT_FALSE(is_inside_repository(git_place("x#:../y")));
  EXPECT_FALSE(is_inside_repository(git_place("x#:/etc")));
}

TEST(Git, AnAddressWithoutItsUser) {
  EXPECT_EQ(without_user("https://me:word@host/x"), "https://host/x");
  EXPECT_EQ(without_user("https://me@host:8080"), "https://host:8080");
  EXPECT_EQ(without_user("https://a@b@host/x"), "https://host/x");
  EXPECT_EQ(without_user("https://host/x@y"), "https://host/x@y");
  EXPECT_EQ(without_user("git@host:x"), "git@host:x");
  EXPECT_EQ(without_user("/folder/x@y"), "/folder/x@y");
}

}  // namespace
}  // namespace faasta::cli
