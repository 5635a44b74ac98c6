#include "domains/public_suffix.hpp"

#include <gtest/gtest.h>

namespace faasta::domains {
namespace {

TEST(PublicSuffix, KnowsWhereCookiesAreShared) {
  for (const char* apart : {"com", "co.uk", "github.io", "localhost"}) EXPECT_TRUE(is_public_suffix(apart)) << apart;
  for (const char* shared : {"example.com", "functions.example.co.uk", "apps.github.com"})
    EXPECT_FALSE(is_public_suffix(shared)) << shared;
}

}  // namespace
}  // namespace faasta::domains
