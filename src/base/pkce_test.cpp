#include "base/pkce.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(Pkce, MakesTheChallengeOfRfc7636AppendixB) {
  EXPECT_EQ(code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Pkce, MakesVerifiersThatDiffer) {
  const std::string one = new_code_verifier();
  EXPECT_TRUE(is_code_verifier(one));
  EXPECT_TRUE(is_code_challenge(code_challenge(one)));
  EXPECT_NE(one, new_code_verifier());
}

TEST(Pkce, RefusesWhatIsNoVerifierOrChallenge) {
  EXPECT_FALSE(is_code_verifier(std::string(42, 'a')));
  EXPECT_TRUE(is_code_verifier(std::string(43, 'a')));
  EXPECT_TRUE(is_code_verifier(std::string(128, '~')));
  EXPECT_FALSE(is_code_verifier(std::string(129, 'a')));
  EXPECT_FALSE(is_code_verifier(std::string(50, '+')));
  EXPECT_FALSE(is_code_challenge(""));
  EXPECT_FALSE(is_code_challenge(std::string(42, 'a')));
  EXPECT_FALSE(is_code_challenge(std::string(44, 'a')));
  EXPECT_FALSE(is_code_challenge(std::string(42, 'a') + "="));
  EXPECT_FALSE(is_code_challenge(std::string(42, 'a') + "~"));
}

}  // namespace
}  // namespace faasta
