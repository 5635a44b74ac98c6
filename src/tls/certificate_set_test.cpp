#include "tls/certificate_set.hpp"

#include <gtest/gtest.h>

#include "unit/test_certificates.hpp"

namespace faasta::tls {
namespace {

using Certificates = std::vector<std::shared_ptr<const Certificate>>;

std::shared_ptr<const Certificate> certificate(std::vector<std::string> names,
                                               std::chrono::days days = std::chrono::days(30)) {
  return test::usable(test::issue({.names = std::move(names), .ends = days}));
}

TEST(CertificateSet, AnExactNameComesBeforeAWildcard) {
  const Certificates all = {certificate({"*.a.test"}, std::chrono::days(90)), certificate({"x.a.test", "a.test"})};
  const auto set = CertificateSet::make(all);
  ASSERT_TRUE(set);
  EXPECT_EQ((*set)->find("x.a.test")->certificate, all[1]);
  EXPECT_EQ((*set)->find("a.test")->certificate, all[1]);
  EXPECT_EQ((*set)->find("y.a.test")->certificate, all[0]);
  for (const char* name : {"x.y.a.test", "b.test", "", "test", ".a.test", "*"})
    EXPECT_FALSE((*set)->find(name)) << name;
  EXPECT_EQ((*set)->all().size(), 2U);
}

TEST(CertificateSet, TheLongestValidityWinsInAnyOrder) {
  const auto brief = certificate({"a.test", "*.a.test"}, std::chrono::days(10));
  const auto lasting = certificate({"a.test", "*.a.test"}, std::chrono::days(20));
  for (const Certificates& all : {Certificates{brief, lasting}, Certificates{lasting, brief}}) {
    const auto set = CertificateSet::make(all);
    ASSERT_TRUE(set);
    EXPECT_EQ((*set)->find("a.test")->certificate, lasting);
    EXPECT_EQ((*set)->find("b.a.test")->certificate, lasting);
  }
}

TEST(CertificateSet, AnEmptySetFindsNothing) {
  const auto set = CertificateSet::make({});
  ASSERT_TRUE(set);
  EXPECT_FALSE((*set)->find("a.test"));
}

}  // namespace
}  // namespace faasta::tls
