#include "secrets/vault.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "store/audit_log.hpp"
#include "store/migrations.hpp"
#include "store/quota.hpp"
#include "unit/test_store.hpp"

namespace faasta::secrets {
namespace {

FunctionName name(std::string_view text) { return *FunctionName::parse(text); }

class VaultTest : public testing::Test {
 protected:
  Result<std::vector<store::SecretRecord>> set(const Variables& values, std::string_view function = "hello") {
    return vault_.set(kActor, name(function), values, quota_);
  }
  static FunctionSettings wanting(std::vector<std::string> required, std::vector<std::string> optional = {}) {
    FunctionSettings out;
    out.required_secrets = std::move(required);
    out.optional_secrets = std::move(optional);
    return out;
  }
  /// Returns "NAME=VALUE NAME=VALUE", or the detail of the error.
  std::string opened(const FunctionSettings& settings, std::string_view function = "hello") {
    const auto found = vault_.open(kSingleOwner, function, settings);
    if (!found) return found.error().detail;
    std::string out;
    for (const auto& secret : found->secrets)
      out += (out.empty() ? "" : " ") + secret.name + "=" + std::string(secret.value);
    return out;
  }
  void execute(const std::string& sql) {
    EXPECT_TRUE(
        store_.shared_connections()->change([&](store::Database& database) { return database.execute(sql.c_str()); }));
  }

  static constexpr Actor kActor{kSingleOwner};
  test::TestStore store_;
  store::Quota quota_;
  const std::filesystem::path key_ = store_.folder() / "secrets.key";
  Vault vault_{store::Secrets(store_.shared_connections()), key_, true};
};

TEST_F(VaultTest, OpensTheSecretsThatTheSettingsName) {
  ASSERT_TRUE(set({{"A", "one"}, {"B", ""}, {"C", "three"}}));
  EXPECT_EQ(opened(wanting({"A"}, {"B", "MISSING"})), "A=one B=");
  EXPECT_EQ(opened(wanting({}, {})), "");
  EXPECT_EQ(opened(wanting({"A", "MISSING"})), "the secret MISSING: it is not set");
  EXPECT_EQ(*vault_.missing(kSingleOwner, name("hello"), wanting({"A", "MISSING"})),
            std::vector<std::string>{"MISSING"});
}

TEST_F(VaultTest, ANewValueIsANewGenerationAndRollbackTakesItBack) {
  ASSERT_TRUE(set({{"A", "one"}}));
  const auto second = set({{"A", "two"}});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->at(0).generation, 2U);
  EXPECT_EQ(opened(wanting({"A"})), "A=two");
  EXPECT_EQ(vault_.store().roll_back(kActor, name("hello"), "A")->generation, 1U);
  EXPECT_EQ(opened(wanting({"A"})), "A=one");
  EXPECT_EQ(vault_.store().roll_back(kActor, name("hello"), "A").error().code, Code::secret_not_found);
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(set({{"A", "v" + std::to_string(i)}}));
  EXPECT_EQ(vault_.store().list(kSingleOwner, name("hello"))->at(0).kept, 5U);
}

TEST_F(VaultTest, AnOwnerCannotFillTheAuditLog) {
  const store::AuditLog log(store_.shared_connections());
  const std::int64_t before = *log.rows();
  ASSERT_TRUE(set({{"A", "one"}, {"B", "two"}, {"C", "three"}}));
  EXPECT_EQ(*log.rows(), before + 1) << "one request is one row";
  for (int i = 1; i < 1'000; ++i) ASSERT_TRUE(set({{"A", "x"}})) << i;
  const auto over = set({{"A", "x"}});
  EXPECT_EQ(over.error().code, Code::too_many_requests);
  EXPECT_EQ(*log.rows(), before + 1'000);
  EXPECT_TRUE(vault_.store().remove(kActor, name("hello"), "A")) << "another kind of change";
}

TEST_F(VaultTest, AMovedValueCannotBeOpened) {
  ASSERT_TRUE(set({{"A", "a-value"}, {"B", "b-value"}}));
  ASSERT_TRUE(set({{"A", "newer"}}));
  ASSERT_TRUE(set({{"A", "other"}}, "other"));
  const auto swap = [&](const std::string& where) {
    execute("UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE " + where +
            ") WHERE function = 'hello' AND name = 'A' AND generation = 2");
    return opened(wanting({"A"}));
  };
  const std::string refused = "the secret A: the stored value was changed, or belongs to another function";
  EXPECT_EQ(swap("function = 'hello' AND name = 'B'"), refused);
  EXPECT_EQ(swap("function = 'other' AND name = 'A'"), refused);
  EXPECT_EQ(swap("function = 'hello' AND name = 'A' AND generation = 1"), refused);
  EXPECT_EQ(opened(wanting({"B"})), "B=b-value") << "other secrets are not affected";
}

TEST_F(VaultTest, ALostKeyAffectsOnlySecrets) {
  ASSERT_TRUE(set({{"A", "one"}}));
  const Vault before = Vault(store::Secrets(store_.shared_connections()), key_, true);
  ASSERT_TRUE(Keys::write(key_, {Keys::random()}));
  Vault vault(store::Secrets(store_.shared_connections()), key_, true);
  EXPECT_EQ(vault.open(kSingleOwner, "hello", wanting({"A"})).error().code, Code::secrets_unusable);
  EXPECT_TRUE(vault.open(kSingleOwner, "hello", wanting({})));
  EXPECT_TRUE(vault.set(kActor, name("hello"), {{"A", "again"}}, quota_));
  EXPECT_TRUE(vault.open(kSingleOwner, "hello", wanting({"A"})));
  std::filesystem::remove(key_);
  Vault without(store::Secrets(store_.shared_connections()), key_, false);
  EXPECT_EQ(without.set(kActor, name("hello"), {{"A", "x"}}, quota_).error().code, Code::secrets_unusable);
}

TEST_F(VaultTest, RotationSealsAllAgainWhileAServerRuns) {
  Variables many;
  for (int i = 0; i < 100; ++i) many["V" + std::to_string(i)] = std::to_string(i);
  for (const char* const function : {"hello", "second", "third"}) ASSERT_TRUE(set(many, function));
  ASSERT_EQ(opened(wanting({"V7"})), "V7=7");  // this vault knows the old key
  const std::string old = Keys::read(key_)->current().id;
  Vault operators(store::Secrets(store_.shared_connections()), key_, true);
  const auto done = operators.rotate();
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->values, 300U);
  EXPECT_NE(done->key, old);
  EXPECT_EQ(Keys::read(key_)->all().size(), 1U);
  EXPECT_EQ(opened(wanting({"V99"}), "third"), "V99=99");
  ASSERT_TRUE(set({{"V1", "new"}}));
  EXPECT_EQ(opened(wanting({"V1"})), "V1=new");
}

TEST_F(VaultTest, ARotationWithoutTheRightKeyWritesNothing) {
  ASSERT_TRUE(set({{"A", "one"}}));
  const auto other = key_.parent_path() / "other.key";
  Vault misled(store::Secrets(store_.shared_connections()), other, true);
  EXPECT_EQ(misled.rotate().error().code, Code::secrets_unusable);
  EXPECT_FALSE(std::filesystem::exists(other));
  ASSERT_TRUE(Keys::create(other));
  const std::string before = Keys::read(other)->current().id;
  EXPECT_EQ(misled.rotate().error().code, Code::secrets_unusable);
  EXPECT_EQ(Keys::read(other)->current().id, before);
  EXPECT_EQ(Keys::read(other)->all().size(), 1U);
  EXPECT_EQ(opened(wanting({"A"})), "A=one");
}

TEST_F(VaultTest, AnInterruptedRotationGoesOn) {
  ASSERT_TRUE(set({{"A", "one"}, {"B", "two"}}));
  const Key old = Keys::read(key_)->current();
  const Key wanted = Keys::random();
  ASSERT_TRUE(Keys::write(key_, {wanted, old}));  // the process ended after this
  ASSERT_TRUE(set({{"C", "three"}}));             // sealed by the new key
  const auto done = vault_.rotate();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->key, wanted.id);
  EXPECT_EQ(done->values, 2U);
  EXPECT_EQ(opened(wanting({"A", "B", "C"})), "A=one B=two C=three");
}

TEST_F(VaultTest, LimitsAndQuota) {
  Variables many;
  for (std::size_t i = 0; i < kMostVariables; ++i) many["V" + std::to_string(i)] = "x";
  ASSERT_TRUE(set(many));
  EXPECT_EQ(set({{"MORE", "x"}}).error().code, Code::env_invalid);
  EXPECT_TRUE(set({{"V1", "y"}})) << "a new value of a name is no new name";
  ASSERT_TRUE(set({{"A", std::string(kMostValueBytes, 'x')}}, "second"));
  EXPECT_EQ(set({{"B", std::string(kMostValueBytes, 'x')}}, "second").error().code, Code::env_invalid);
  EXPECT_EQ(set({{"2", "x"}}, "third").error().code, Code::env_invalid);
  EXPECT_TRUE(vault_.store().list(kSingleOwner, name("third"))->empty());
  quota_.secrets = 102;
  EXPECT_TRUE(set({{"A", "x"}}, "third"));
  EXPECT_EQ(set({{"B", "x"}}, "third").error().code, Code::quota_secrets);
  EXPECT_TRUE(set({{"A", "y"}}, "third"));
}

TEST_F(VaultTest, TheyFollowTheirFunction) {
  ASSERT_TRUE(store_.catalog().deploy(kActor, name("hello"), {sha256("x"), 1, 1, {}, {}, ""}, quota_));
  ASSERT_TRUE(set({{"A", "one"}}));
  const auto other =
      test::value_of(
          store_.accounts().sign_in(
              7, "ada", {.hash = sha256("t"), .name = "t", .scopes = "admin", .expires = std::nullopt}, "browser"))
          .account.id;
  EXPECT_EQ(vault_.set({other}, name("hello"), {{"A", "theirs"}}, quota_).error().code, Code::name_taken);
  ASSERT_TRUE(store_.catalog().transfer(kActor, name("hello"), other));
  EXPECT_TRUE(vault_.store().list(other, name("hello"))->empty());
  EXPECT_TRUE(vault_.store().list(kSingleOwner, name("hello"))->empty()) << "the old owner's secret is left";
  ASSERT_TRUE(vault_.set({other}, name("hello"), {{"A", "theirs"}}, quota_));
  ASSERT_TRUE(store_.catalog().remove({other}, name("hello")));
  EXPECT_TRUE(vault_.store().list(other, name("hello"))->empty());
}

}  // namespace
}  // namespace faasta::secrets
