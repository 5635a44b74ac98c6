#include "store/trust_rules.hpp"

#include <gtest/gtest.h>

namespace faasta::store::trust_rules {
namespace {

Trust trust(std::int64_t owner = 1) {
  Trust out;
  out.owner = OwnerId(owner);
  out.issuer = "https://ci";
  out.repository = "acme/shop";
  return out;
}

Job job() {
  Job out;
  out.issuer = "https://ci";
  out.repository = "Acme/Shop";
  out.repository_id = "7";
  out.account_id = "4";
  out.ref = "refs/heads/main";
  return out;
}

TEST(TrustRules, AJobOfTheRepositoryMayDeploy) { EXPECT_EQ(why_not(trust(), job()), std::nullopt); }

TEST(TrustRules, TheReasonNamesTheClaim) {
  Job other = job();
  other.repository = "acme/other";
  EXPECT_TRUE(why_not(trust(), other)->starts_with("repository: 'acme/other'"));
  Trust pinned = trust();
  pinned.repository_id = "8";
  EXPECT_TRUE(why_not(pinned, job())->starts_with("repository_id: "));
  Trust branch = trust();
  branch.ref = "refs/heads/release";
  EXPECT_TRUE(why_not(branch, job())->starts_with("ref: "));
  Trust production = trust();
  production.environment = "production";
  EXPECT_EQ(*why_not(production, job()), "environment: the token has none, and the trust names one");
  Job without = job();
  without.account_id.clear();
  EXPECT_TRUE(why_not(trust(), without)->starts_with("repository_owner_id: "));
}

TEST(TrustRules, OnlyTheOwnerOfTheFunctionCounts) {
  EXPECT_EQ(choose({trust(1), trust(2)}, job(), OwnerId(2))->owner, OwnerId(2));
  EXPECT_EQ(choose({trust(1)}, job(), OwnerId(2)).error().code, Code::trust_denied);
  EXPECT_EQ(choose({trust(1), trust(2)}, job(), std::nullopt).error().code, Code::trust_denied);
  EXPECT_TRUE(choose({trust(1), trust(1)}, job(), std::nullopt));
  EXPECT_EQ(choose({}, job(), std::nullopt).error().code, Code::trust_denied);
}

TEST(TrustRules, AnOwnerHasAHundred) {
  EXPECT_TRUE(may_add(trust(), kMostTrusts - 1));
  EXPECT_EQ(may_add(trust(), kMostTrusts).error().code, Code::conflict);
}

}  // namespace
}  // namespace faasta::store::trust_rules
