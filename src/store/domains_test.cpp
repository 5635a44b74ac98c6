#include "store/domains.hpp"

#include <gtest/gtest.h>

#include "store/migrations.hpp"
#include "store/sqlite.hpp"
#include "unit/test_store.hpp"

namespace faasta::store {
namespace {

FunctionName name(std::string_view text) { return *FunctionName::parse(text); }

class DomainsTest : public testing::Test {
 protected:
  DomainsTest() {
    for (const char* function : {"hello", "second"})
      EXPECT_TRUE(store_.catalog().deploy(kActor, name(function), {sha256("x"), 1, 1, {}, {}, ""}, Quota{}));
  }
  static NewDomain claim(std::string host, std::string token = "token") {
    return {.host = std::move(host), .look = "look", .international = false, .token = std::move(token)};
  }
  DomainRecord add(std::string_view function, const NewDomain& domain) {
    return test::value_of(domains_.add(kActor, name(function), domain, Quota{}, now_)).domain;
  }
  Result<Domains::Verified> verify(const DomainRecord& domain) {
    return domains_.verify(kActor, domain, claim(domain.host), Quota{}, now_, now_ + std::chrono::days(7));
  }

  static constexpr Actor kActor{kSingleOwner};
  test::TestStore store_;
  Domains domains_{store_.shared_connections()};
  SystemTime now_ = system_now();
};

TEST_F(DomainsTest, AClaimIsReadAsItWasWritten) {
  const DomainRecord made = add("hello", claim("shop.example"));
  EXPECT_EQ(made.function_name, "hello");
  EXPECT_EQ(made.token, "token");
  EXPECT_FALSE(made.held());
  EXPECT_FALSE(made.checked || made.missing || made.failed || made.issued || made.next_check);
  const auto again = domains_.add(kActor, name("hello"), claim("shop.example", "another"), Quota{}, now_);
  EXPECT_FALSE(again->added);
  EXPECT_EQ(again->domain.token, "token");
  EXPECT_EQ(domains_.add(kActor, name("nothere"), claim("x.example"), Quota{}, now_).error().code,
            Code::function_not_found);
  EXPECT_EQ(domains_.find(OwnerId{9}, name("hello"), "shop.example").error().code, Code::function_not_found);
}

TEST_F(DomainsTest, OneFunctionHoldsAName) {
  const DomainRecord first = add("hello", claim("shop.example"));
  const DomainRecord second = add("second", claim("shop.example"));
  ASSERT_TRUE(verify(second)->orders);
  EXPECT_FALSE(verify(second)->orders) << "an order is under way";
  EXPECT_EQ(verify(first).error().code, Code::domain_taken);
  EXPECT_EQ(test::value_of(domains_.holder("shop.example"))->function_name, "second");
  ASSERT_TRUE(domains_.remove(kActor, name("second"), "shop.example"));
  EXPECT_TRUE(verify(first));
  EXPECT_EQ(domains_.remove(kActor, name("second"), "shop.example").error().code, Code::domain_not_found);
}

TEST_F(DomainsTest, OnlyNamesWithACertificateAreServed) {
  const DomainRecord domain = verify(add("hello", claim("shop.example")))->domain;
  EXPECT_TRUE(test::value_of(domains_.served()).empty());
  EXPECT_EQ(test::value_of(domains_.to_certify()), std::vector<std::string>{"shop.example"});
  ASSERT_TRUE(domains_.edit(domain, [&](DomainRecord& row) { row.state = DomainState::failing; }));
  EXPECT_TRUE(test::value_of(domains_.to_certify()).empty());
  ASSERT_TRUE(domains_.edit(domain, [&](DomainRecord& row) { row.issued = now_; }));
  EXPECT_EQ(test::value_of(domains_.served()).front().function_name, "hello");
  EXPECT_EQ(test::value_of(domains_.to_certify()).size(), 1U);
  ASSERT_TRUE(store_.catalog().remove(kActor, name("hello")));
  EXPECT_TRUE(test::value_of(domains_.served()).empty());
  EXPECT_TRUE(test::value_of(domains_.of_owner(kSingleOwner)).empty());
}

TEST_F(DomainsTest, AnotherClaimOfTheNameIsNotChanged) {
  const DomainRecord old = verify(add("hello", claim("shop.example")))->domain;
  ASSERT_TRUE(domains_.remove(kActor, name("hello"), "shop.example"));
  add("hello", claim("shop.example", "fresh"));
  EXPECT_TRUE(domains_.edit(old, [](DomainRecord&) { FAIL() << "the old domain is gone"; }));
  EXPECT_TRUE(domains_.release(old, "test"));
  EXPECT_EQ(verify(old).error().code, Code::domain_not_found);
  EXPECT_EQ(test::value_of(domains_.find(kSingleOwner, name("hello"), "shop.example")).token, "fresh");
}

TEST_F(DomainsTest, AnImitationOfAnothersNameIsRefused) {
  ASSERT_TRUE(verify(add("hello", claim("shop.example"))));
  NewDomain imitation = claim("xn--shp-ozc.example");
  imitation.international = true;
  EXPECT_TRUE(domains_.add(kActor, name("hello"), imitation, Quota{}, now_)) << "of one's own name";
  const OwnerId other =
      test::value_of(store_.accounts().sign_in(7, "other", {sha256("token"), "t", "admin", {}}, "test")).account.id;
  ASSERT_TRUE(store_.catalog().deploy({other}, name("theirs"), {sha256("x"), 1, 1, {}, {}, ""}, Quota{}));
  EXPECT_EQ(domains_.add({other}, name("theirs"), imitation, Quota{}, now_).error().code, Code::domain_look_alike);
  EXPECT_TRUE(domains_.add({other}, name("theirs"), claim("sh0p.example"), Quota{}, now_))
      << "ASCII names are no imitation";
}

TEST_F(DomainsTest, ARowThatCannotBeReadIsAnError) {
  add("hello", claim("shop.example"));
  ASSERT_TRUE(store_.connections().change(
      [](Database& database) { return database.execute("UPDATE domain SET state = 'lost'"); }));
  EXPECT_EQ(domains_.of_owner(kSingleOwner).error().code, Code::data_unusable);
}

/// The release before has written the catalog, without this table, and can use it afterwards.
TEST(DomainTable, IsAddedSoThatTheReleaseBeforeCanGoOn) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("faasta-domains-" + random_hex(6));
  {
    const auto database = test::value_of(SqliteDatabase::open(file, SqliteDatabase::Mode::read_write));
    constexpr std::size_t kBefore = 4;
    ASSERT_TRUE(migrate(*database, kBefore));
    EXPECT_FALSE(database->execute("DELETE FROM domain"));
    EXPECT_FALSE(test::value_of(can_be_used(*database)));
    ASSERT_TRUE(migrate(*database));
    EXPECT_TRUE(database->execute("DELETE FROM domain"));
    EXPECT_TRUE(test::value_of(can_be_used(*database)));
    const auto number = [](const Statement& row) -> Result<std::int64_t> { return row.integer(0); };
    EXPECT_EQ(test::value_of(first_row(*database, "PRAGMA user_version", number)), std::int64_t{kBefore});
    ASSERT_TRUE(migrate(*database)) << "it is there already";
  }
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace faasta::store
