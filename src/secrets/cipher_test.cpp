#include "secrets/cipher.hpp"

#include <gtest/gtest.h>

#include "secrets/keys.hpp"

namespace faasta::secrets {
namespace {

Result<std::string> opened(const Key& key, std::string_view context, std::string_view sealed) {
  std::string out(opened_size(sealed), '\0');
  if (const auto done = open(key, context, sealed, out); !done) return std::unexpected(done.error());
  return out;
}

TEST(Cipher, OpensWhatItSealed) {
  const Key key = Keys::random();
  for (const std::string& value : {std::string(), std::string("x"), std::string(32768, 'y')}) {
    const std::string sealed = seal(key, "context", value);
    EXPECT_EQ(sealed.find("yyyyyyyy"), std::string::npos);
    EXPECT_EQ(*opened(key, "context", sealed), value);
    EXPECT_NE(seal(key, "context", value), sealed) << "each has a nonce of its own";
  }
}

TEST(Cipher, RefusesAnotherKeyAnotherContextAndEachChangedByte) {
  const Key key = Keys::random();
  const std::string sealed = seal(key, "context", "the value");
  EXPECT_EQ(opened(Keys::random(), "context", sealed).error().code, Code::secrets_unusable);
  EXPECT_FALSE(opened(key, "Context", sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(opened(key, "context", changed)) << i;
    EXPECT_FALSE(opened(key, "context", sealed.substr(0, i))) << i;
  }
}

}  // namespace
}  // namespace faasta::secrets
