#include "gateway/domain_routes.hpp"

#include <gtest/gtest.h>

namespace faasta::gateway {
namespace {

TEST(DomainRoutes, TheNewNamesReplaceTheOldOnes) {
  DomainRoutes routes;
  EXPECT_EQ(routes.find("shop.example"), std::nullopt);
  routes.replace({{"shop.example", "hello"}, {"www.shop.example", "second"}});
  EXPECT_EQ(routes.find("shop.example"), "hello");
  EXPECT_EQ(routes.find("www.shop.example"), "second");
  EXPECT_EQ(routes.find("example"), std::nullopt);
  routes.replace({{"other.example", "hello"}});
  EXPECT_EQ(routes.find("shop.example"), std::nullopt);
}

}  // namespace
}  // namespace faasta::gateway
