#include "store/trust_rows.hpp"

#include <gtest/gtest.h>

#include "store/sql.hpp"
#include "store/trusts.hpp"
#include "unit/test_store.hpp"

namespace faasta::store::trust_rows {
namespace {

class TrustRowsTest : public testing::Test {
 protected:
  static Job job(std::string_view token, SystemTime expires) {
    Job out;
    out.issuer = "https://ci";
    out.repository = "acme/shop";
    out.repository_id = "7";
    out.account_id = "8";
    out.token = sha256(token);
    out.expires = expires;
    return out;
  }
  Result<> use(const Job& job, SystemTime now) {
    return store_.connections().change([&](Database& database) { return use_token(database, job, now); });
  }
  static Trust trust(OwnerId owner, const std::string& repository) {
    Trust out;
    out.owner = owner;
    out.function = "shop";
    out.issuer = "https://ci";
    out.repository = repository;
    return out;
  }

  test::TestStore store_;
};

TEST_F(TrustRowsTest, ATokenWorksOnceAlsoAroundItsEnd) {
  using std::chrono::seconds;
  const SystemTime now = system_now();
  const Job first = job("one", now + seconds(1));
  EXPECT_TRUE(use(first, now));
  EXPECT_EQ(use(first, now + seconds(1)).error().detail, "exp: the token has expired");
  EXPECT_TRUE(use(job("two", now + seconds(9)), now + seconds(2))) << "forgets the tokens that ended long ago";
  EXPECT_EQ(use(first, now).error().detail, "jti: the token was used before") << "a thread that read the clock before";
  EXPECT_TRUE(use(job("three", now + std::chrono::hours(49)), now + std::chrono::hours(48)));
  EXPECT_TRUE(use(first, now)) << "not kept for ever";
}

TEST_F(TrustRowsTest, StrangersTrustsDoNotHideThoseOfTheHolder) {
  const NewToken theirs{sha256("x"), "x", "admin", {}};
  const auto stranger = store_.accounts().sign_in(1, "stranger", theirs, "browser");
  ASSERT_TRUE(stranger) << stranger.error().detail;
  const auto filled = store_.connections().change([&](Database& database) -> Result<> {
    for (int i = 0; i < 1001; ++i)
      if (auto made = insert(database, trust(stranger->account.id, "evil/" + std::to_string(i))); !made)
        return std::unexpected(made.error());
    const auto made = insert(database, trust(kSingleOwner, "acme/shop"));
    return made ? Result<>{} : std::unexpected(made.error());
  });
  ASSERT_TRUE(filled) << filled.error().detail;
  const auto name = *FunctionName::parse("shop");
  ASSERT_TRUE(store_.catalog().deploy({kSingleOwner}, name, {sha256("a"), 1, 1, {}, {}, ""}, {}));
  Trusts trusts(store_.shared_connections());
  const NewToken token{sha256("t"), "ci", "deploy:shop", system_now() + std::chrono::minutes(15)};
  const auto done = trusts.sign_in(job("one", system_now() + std::chrono::minutes(5)), name, token, {});
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->account.id, kSingleOwner);
}

}  // namespace
}  // namespace faasta::store::trust_rows
