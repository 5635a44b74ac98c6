#include "cli/client/oci_registry.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

TEST(OciReference, HasItsParts) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const auto whole = OciReference::parse("oci://images.example:5000/acme/shop:v2@" + digest);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->host, "images.example:5000");
  EXPECT_EQ(whole->name, "acme/shop");
  EXPECT_EQ(whole->tag, "v2");
  EXPECT_EQ(whole->digest, digest);
  const auto short_one = OciReference::parse("ghcr.io/shop");
  ASSERT_TRUE(short_one);
  EXPECT_EQ(short_one->tag, "latest");
  EXPECT_EQ(short_one->digest, "");
}

TEST(OciReference, RefusesOtherTexts) {
  for (const char* wrong : {"", "shop", "host/", "/shop", "host/a b", "host/../x", "host/shop@sha256:1", "host/UPPER",
                            "host/shop@md5:00", "host/shop:", "host/shop?x=1", "user:word@host/shop"})
    EXPECT_EQ(OciReference::parse(wrong).error().code, Code::usage) << wrong;
}

}  // namespace
}  // namespace faasta::cli
