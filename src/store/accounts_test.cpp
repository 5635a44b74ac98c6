#include "store/accounts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "store/audit_log.hpp"
#include "store/connections.hpp"

namespace faasta::store {
namespace {

/// Accounts in their own catalog file.
class AccountsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("faasta-accounts-" + random_hex(6));
    std::filesystem::create_directories(folder_);
    connections_ = *Connections::open({folder_});
    accounts_ = std::move(*Accounts::open(connections_));
  }
  void TearDown() override {
    accounts_.reset();
    connections_.reset();
    std::filesystem::remove_all(folder_);
  }
  static NewToken token(std::string_view secret, std::optional<SystemTime> expires = {}) {
    return {sha256(secret), std::string(secret), "admin", expires};
  }
  /// The actions in the audit log, one for each row.
  std::vector<std::string> actions() {
    std::vector<std::string> out;
    EXPECT_TRUE(AuditLog(connections_).for_each(0, [&](const AuditRow& row) {
      out.push_back(row.actor + ": " + row.action + " " + row.subject + " " + row.detail);
      return true;
    }));
    return out;
  }
  Result<> execute(const char* sql) {
    return connections_->change([sql](Database& database) { return database.execute(sql); });
  }

  std::filesystem::path folder_;
  std::shared_ptr<Connections> connections_;
  std::unique_ptr<Accounts> accounts_;
};

TEST_F(AccountsTest, KnowWhoShowsAToken) {
  const auto signed_in = accounts_->sign_in(583231, "octocat", token("one"), "browser");
  ASSERT_TRUE(signed_in.has_value()) << signed_in.error().detail;
  const auto bearer = accounts_->bearer(sha256("one"));
  ASSERT_TRUE(bearer.has_value() && bearer->has_value());
  EXPECT_EQ((*bearer)->account.github_id, 583231);
  EXPECT_EQ((*bearer)->account.login, "octocat");
  EXPECT_EQ((*bearer)->token.id, signed_in->token.id);
  EXPECT_FALSE(accounts_->bearer(sha256("two"))->has_value());
}

TEST_F(AccountsTest, ASessionStandsForItsToken) {
  const auto ada = accounts_->sign_in(1, "ada", token("one"), "browser");
  ASSERT_TRUE(ada.has_value());
  const Actor actor{ada->account.id, ada->token.id};
  ASSERT_TRUE(accounts_->begin_session(actor, sha256("secret"), false));
  const auto session = accounts_->session(sha256("secret"));
  ASSERT_TRUE(session.has_value() && session->has_value());
  EXPECT_EQ((*session)->bearer.token.id, ada->token.id);
  EXPECT_EQ((*session)->bearer.account.login, "ada");
  EXPECT_FALSE(accounts_->session(sha256("other"))->has_value());
  ASSERT_TRUE(accounts_->suspend(ada->account.id, true));
  EXPECT_EQ(accounts_->session(sha256("secret")).error().code, Code::account_suspended);
  ASSERT_TRUE(accounts_->suspend(ada->account.id, false));
  ASSERT_TRUE(accounts_->revoke_token(actor, ada->token.id));
  EXPECT_FALSE(accounts_->session(sha256("secret"))->has_value());
  // A token that cannot be used begins no session, and the rows of dead tokens take their sessions with them.
  EXPECT_EQ(accounts_->begin_session(actor, sha256("late"), false).error().code, Code::not_signed_in);
  ASSERT_TRUE(accounts_->sign_in(1, "ada", token("two"), "browser").has_value());
  ASSERT_TRUE(execute("CREATE TABLE no_session_left (x INTEGER CHECK (x = 0))"));
  EXPECT_TRUE(execute("INSERT INTO no_session_left SELECT count(*) FROM session"));
}

TEST_F(AccountsTest, TheEndOfASessionRevokesATokenOfItsOwn) {
  const auto ada = accounts_->sign_in(1, "ada", token("shared"), "browser");
  const auto own = accounts_->sign_in(1, "ada", token("own"), "browser");
  ASSERT_TRUE(ada.has_value() && own.has_value());
  const Actor shared{ada->account.id, ada->token.id};
  const Actor alone{own->account.id, own->token.id};
  ASSERT_TRUE(accounts_->begin_session(shared, sha256("s"), false) &&
              accounts_->begin_session(alone, sha256("o"), true));
  ASSERT_TRUE(accounts_->end_session(shared, sha256("s")) && accounts_->end_session(alone, sha256("o")));
  EXPECT_TRUE(accounts_->bearer(sha256("shared"))->has_value());
  EXPECT_FALSE(accounts_->bearer(sha256("own"))->has_value());
  EXPECT_FALSE(accounts_->session(sha256("s"))->has_value());
  const auto done = actions();
  EXPECT_EQ(std::ranges::count_if(done, [](const auto& row) { return row.contains("session_begin"); }), 2);
  EXPECT_EQ(std::ranges::count_if(done, [](const auto& row) { return row.contains("session_end"); }), 2);
  EXPECT_EQ(std::ranges::count_if(done, [](const auto& row) { return row.contains("token_revoke"); }), 1);
}

TEST_F(AccountsTest, ATokenOfASessionGoesWithIt) {
  const auto shared = accounts_->sign_in(1, "ada", token("shared"), "browser");
  const auto own = accounts_->sign_in(2, "bob", token("own"), "browser");
  ASSERT_TRUE(shared.has_value() && own.has_value());
  const Actor ada{shared->account.id, shared->token.id};
  ASSERT_TRUE(accounts_->begin_session({own->account.id, own->token.id}, sha256("o"), true));
  ASSERT_TRUE(accounts_->begin_session(ada, sha256("s"), false));
  ASSERT_TRUE(execute("UPDATE session SET used = 0"));
  ASSERT_TRUE(accounts_->begin_session(ada, sha256("s2"), false)) << "removes the idle sessions of all owners";
  EXPECT_FALSE(accounts_->bearer(sha256("own"))->has_value());
  EXPECT_TRUE(accounts_->bearer(sha256("shared"))->has_value());
  const auto second = accounts_->sign_in(2, "bob", token("second"), "browser");
  const Actor bob{second->account.id, second->token.id};
  ASSERT_TRUE(accounts_->begin_session(bob, sha256("first"), true));
  ASSERT_TRUE(execute("UPDATE session SET used = used - 1000"));
  for (int i = 0; i < 20; ++i) {
    const bool begun = accounts_->begin_session(bob, sha256("more" + std::to_string(i)), false).has_value();
    EXPECT_TRUE(begun) << i;
  }
  EXPECT_FALSE(accounts_->bearer(sha256("second"))->has_value()) << "its own session was the oldest of 21";
  const auto done = actions();
  EXPECT_EQ(std::ranges::count_if(done, [](const auto& row) { return row.contains("token_revoke"); }), 2);
}

TEST_F(AccountsTest, AUseThatCannotBeNotedDoesNotEndASession) {
  const auto ada = accounts_->sign_in(1, "ada", token("one"), "browser");
  ASSERT_TRUE(accounts_->begin_session({ada->account.id, ada->token.id}, sha256("secret"), false));
  ASSERT_TRUE(execute("UPDATE session SET used = used - 3600000"));
  ASSERT_TRUE(execute("CREATE TRIGGER full BEFORE UPDATE ON session BEGIN SELECT raise(ABORT, 'full'); END"));
  const auto session = accounts_->session(sha256("secret"));
  ASSERT_TRUE(session.has_value()) << session.error().detail;
  EXPECT_TRUE(session->has_value());
}

TEST_F(AccountsTest, AreKeyedByTheNumberAndNotByTheLogin) {
  const auto first = accounts_->sign_in(1, "mona", token("a"), "browser");
  const auto renamed = accounts_->sign_in(1, "lisa", token("b"), "browser");
  EXPECT_EQ(renamed->account.id, first->account.id);
  EXPECT_EQ((*accounts_->bearer(sha256("a")))->account.login, "lisa");
  const auto newcomer = accounts_->sign_in(2, "mona", token("c"), "browser");
  EXPECT_NE(newcomer->account.id, first->account.id);
  EXPECT_EQ(accounts_->account("MONA")->id, newcomer->account.id);
  // The reverse case: the login belongs to the person who signed in last, even if another person signed up first.
  const auto third = accounts_->sign_in(3, "other", token("d"), "browser");
  const auto taken = accounts_->sign_in(1, "Other", token("e"), "browser");
  EXPECT_EQ(accounts_->account("other")->id, first->account.id);
  EXPECT_EQ(accounts_->account("(was other)")->id, third->account.id);
  EXPECT_EQ(accounts_->account("#" + std::to_string(static_cast<std::int64_t>(third->account.id)) + "x").error().code,
            Code::owner_not_found);
  EXPECT_EQ(accounts_->account("nobody").error().code, Code::owner_not_found);
}

TEST_F(AccountsTest, TakeNoTokenThatIsExpiredOrRevoked) {
  const auto owner = accounts_->sign_in(1, "mona", token("a"), "browser")->account.id;
  const Actor actor{owner};
  ASSERT_TRUE(accounts_->add_token(actor, token("old", system_now() - std::chrono::seconds(1)), {}).has_value());
  const auto other = accounts_->add_token(actor, token("b", system_now() + std::chrono::hours(1)), {});
  EXPECT_FALSE(accounts_->bearer(sha256("old"))->has_value());
  EXPECT_TRUE(accounts_->bearer(sha256("b"))->has_value());
  EXPECT_EQ(accounts_->tokens(owner)->size(), 2U);
  EXPECT_EQ(accounts_->revoke_token({OwnerId{1}}, other->id).error().code, Code::token_not_found);
  EXPECT_TRUE(accounts_->revoke_token(actor, other->id).has_value());
  EXPECT_EQ(accounts_->revoke_token(actor, other->id).error().code, Code::token_not_found);
  EXPECT_FALSE(accounts_->bearer(sha256("b"))->has_value());
}

TEST_F(AccountsTest, LetNobodyGoOnWhoLostTheRightTo) {
  const auto owner = accounts_->sign_in(1, "mona", token("a"), "browser")->account.id;
  const auto act = [&](const Actor& actor) { return accounts_->add_token(actor, token("x" + random_hex(4)), {}); };
  const Actor by_revoked{owner, accounts_->add_token({owner}, token("b"), {})->id};
  ASSERT_TRUE(act(by_revoked).has_value() && accounts_->check(by_revoked).has_value());
  ASSERT_TRUE(accounts_->revoke_token(by_revoked, by_revoked.token).has_value());
  EXPECT_EQ(act(by_revoked).error().code, Code::not_signed_in);
  EXPECT_EQ(accounts_->check(by_revoked).error().code, Code::not_signed_in);
  const auto past = system_now() - std::chrono::seconds(1);
  EXPECT_EQ(act({owner, accounts_->add_token({owner}, token("c", past), {})->id}).error().code, Code::not_signed_in);
  const Actor by_other{owner, accounts_->add_token({owner}, token("d"), {})->id};
  EXPECT_EQ(act({kSingleOwner, by_other.token}).error().code, Code::not_signed_in);
  ASSERT_TRUE(accounts_->suspend(owner, true).has_value());
  EXPECT_EQ(act(by_other).error().code, Code::not_signed_in);
  ASSERT_TRUE(accounts_->suspend(owner, false).has_value() && act(by_other).has_value());
  ASSERT_TRUE(accounts_->remove(owner).has_value());
  EXPECT_EQ(act(by_other).error().code, Code::not_signed_in);
  EXPECT_EQ(act({owner}).error().code, Code::owner_not_found);
}

TEST_F(AccountsTest, HoldTheQuotaOfTokens) {
  const Actor actor{accounts_->sign_in(1, "mona", token("a"), "browser")->account.id};
  const Quota quota{.tokens = 2};
  EXPECT_TRUE(accounts_->add_token(actor, token("b"), quota).has_value());
  EXPECT_EQ(accounts_->add_token(actor, token("c"), quota).error().code, Code::quota_tokens);
}

TEST_F(AccountsTest, RefuseASuspendedOwner) {
  const auto owner = accounts_->sign_in(1, "mona", token("a"), "browser")->account.id;
  ASSERT_TRUE(accounts_->suspend(owner, true).has_value());
  EXPECT_EQ(accounts_->bearer(sha256("a")).error().code, Code::account_suspended);
  EXPECT_EQ(accounts_->sign_in(1, "mona", token("b"), "browser").error().code, Code::account_suspended);
  ASSERT_TRUE(accounts_->suspend(owner, false).has_value());
  EXPECT_TRUE(accounts_->bearer(sha256("a"))->has_value());
  EXPECT_FALSE(accounts_->bearer(sha256("b"))->has_value());
}

TEST_F(AccountsTest, AreNotFoundAgainAfterTheirDeletion) {
  const auto first = accounts_->sign_in(1, "mona", token("a"), "browser")->account.id;
  ASSERT_TRUE(accounts_->remove(first).has_value());
  EXPECT_FALSE(accounts_->bearer(sha256("a"))->has_value());
  EXPECT_EQ(accounts_->account("mona").error().code, Code::owner_not_found);
  EXPECT_NE(accounts_->sign_in(1, "mona", token("b"), "browser")->account.id, first);
}

TEST_F(AccountsTest, LeaveOneRowForEachChange) {
  const auto signed_in = accounts_->sign_in(1, "mona", token("a"), "browser");
  const auto owner = signed_in->account.id;
  const Actor actor{owner, signed_in->token.id};
  const auto made = accounts_->add_token(actor, token("b"), {});
  ASSERT_TRUE(accounts_->revoke_token(actor, made->id).has_value());
  ASSERT_TRUE(accounts_->suspend(owner, true).has_value());
  ASSERT_TRUE(accounts_->suspend(owner, false).has_value());
  ASSERT_TRUE(accounts_->set_quota(owner, "functions", 20).has_value());
  ASSERT_FALSE(accounts_->set_quota(owner, "nothing", 20).has_value());
  ASSERT_TRUE(accounts_->remove(owner).has_value());
  const std::vector<std::string> expected = {"owner 2 token 1: login 1 as 'mona' by browser",
                                             "owner 2 token 1: token_create 2 'b' for admin",
                                             "owner 2 token 1: token_revoke 2 'b'",
                                             "operator: suspend 2 ",
                                             "operator: resume 2 ",
                                             "operator: quota 2 functions 20",
                                             "operator: owner_delete 2 "};
  EXPECT_EQ(actions(), expected);
  const auto verified = AuditLog(connections_).verify();
  ASSERT_TRUE(verified.has_value()) << verified.error().detail;
  EXPECT_EQ(verified->rows, 7);
}

TEST_F(AccountsTest, KeepNoRowsOfTokensThatNobodyCanUse) {
  const auto owner = accounts_->sign_in(1, "mona", token("a"), "browser")->account.id;
  for (const char* secret : {"b", "c", "d"})
    ASSERT_TRUE(accounts_->add_token({owner}, token(secret, system_now() - std::chrono::seconds(1)), {}));
  const auto other = accounts_->add_token({owner}, token("e"), {});
  ASSERT_TRUE(accounts_->revoke_token({owner}, other->id));
  ASSERT_TRUE(accounts_->add_token({owner}, token("f"), {}));
  std::string names;
  for (const Token& token : *accounts_->tokens(owner)) names += token.name;
  EXPECT_EQ(names, "fa");
  const auto rows = connections_->read([](Database& database) {
    return first_row(database, "SELECT count(*) FROM token",
                     [](const Statement& row) -> Result<std::int64_t> { return row.integer(0); });
  });
  EXPECT_EQ(rows.value(), 2);
}

TEST_F(AccountsTest, MakeTheOwnersTokenOnceAndAnotherAfterItWasRevoked) {
  EXPECT_FALSE(*accounts_->has_tokens());
  EXPECT_TRUE(*accounts_->ensure_owner_token(sha256("first")));
  EXPECT_TRUE(*accounts_->ensure_owner_token(sha256("first")));
  EXPECT_TRUE(*accounts_->has_tokens());
  const auto bearer = accounts_->bearer(sha256("first"));
  ASSERT_TRUE(bearer.has_value() && bearer->has_value());
  const TokenId id = (*bearer)->token.id;
  EXPECT_FALSE((*bearer)->token.last_used.has_value());
  ASSERT_TRUE(accounts_->token_used(id).has_value());
  EXPECT_TRUE((*accounts_->bearer(sha256("first")))->token.last_used.has_value());
  ASSERT_TRUE(accounts_->revoke_token({kSingleOwner}, id).has_value());
  EXPECT_FALSE(*accounts_->ensure_owner_token(sha256("first"))) << "a revoked one does not come back";
  EXPECT_TRUE(*accounts_->ensure_owner_token(sha256("second")));
  EXPECT_EQ(accounts_->tokens(kSingleOwner)->size(), 1U);
}

TEST_F(AccountsTest, AreListedForTheOperator) {
  ASSERT_TRUE(accounts_->sign_in(7, "mona", token("a"), "browser").has_value());
  const auto all = accounts_->accounts();
  ASSERT_TRUE(all.has_value());
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->at(0).id, kSingleOwner);
  EXPECT_EQ(all->at(0).github_id, std::nullopt);
  EXPECT_EQ(all->at(1).login, "mona");
  EXPECT_EQ(accounts_->account("#1")->login, "owner");
}

TEST_F(AccountsTest, HaveQuotasOfTheirOwnOrAreAnErrorIfThoseCannotBeRead) {
  const auto owner = accounts_->sign_in(7, "mona", token("a"), "browser")->account.id;
  ASSERT_TRUE(accounts_->set_quota(owner, "functions", 20).has_value());
  EXPECT_EQ(accounts_->quota(owner, {.functions = 3, .tokens = 4})->functions, 20U);
  EXPECT_EQ(accounts_->quota(owner, {.functions = 3, .tokens = 4})->tokens, 4U);
  ASSERT_TRUE(accounts_->set_quota(owner, "functions", std::nullopt).has_value());
  EXPECT_EQ(accounts_->quota(owner, {.functions = 3})->functions, 3U);
  EXPECT_EQ(accounts_->quota(OwnerId{99}, {}).error().code, Code::owner_not_found);
  ASSERT_TRUE(execute("UPDATE owner SET quota = '{' WHERE github_id = 7").has_value());
  EXPECT_EQ(accounts_->quota(owner, {}).error().code, Code::data_unusable);
  EXPECT_EQ(accounts_->usage(owner).error().code, Code::data_unusable);
  EXPECT_EQ(accounts_->bearer(sha256("a")).error().code, Code::data_unusable);
  EXPECT_EQ(accounts_->add_token({owner}, token("b"), {}).error().code, Code::data_unusable);
}

TEST_F(AccountsTest, ReadTheAuditLogPageByPage) {
  ASSERT_TRUE(
      execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
              "INSERT INTO audit (id, time, actor, owner, action, subject, detail, hash) "
              "SELECT i, 0, 'operator', 1, 'quota', '', '', zeroblob(32) FROM n"));
  for (const std::int64_t last : {1LL, 500LL, 501LL, 1000LL, 5000LL}) {
    std::vector<std::int64_t> seen;
    ASSERT_TRUE(AuditLog(connections_).for_each(3, [&](const AuditRow& row) {
      seen.push_back(row.id);
      return row.id < last;
    }));
    const std::int64_t stopped = std::clamp(last, std::int64_t{4}, std::int64_t{1000});
    ASSERT_EQ(seen.size(), static_cast<std::size_t>(stopped - 3)) << last;
    EXPECT_TRUE(std::ranges::is_sorted(seen) && seen.front() == 4 && seen.back() == stopped);
  }
}

TEST_F(AccountsTest, KeepTheRowsOfTheAuditLog) {
  ASSERT_TRUE(accounts_->sign_in(1, "mona", token("a"), "browser").has_value());
  EXPECT_FALSE(execute("DELETE FROM audit").has_value());
  EXPECT_FALSE(execute("UPDATE audit SET detail = ''").has_value());
  EXPECT_TRUE(AuditLog(connections_).verify().has_value());
}

struct Damage {
  const char* sql;
  const char* found;
};

// Without this, the test's name would contain an address in memory.
void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.sql; }

class DamagedAuditLog : public AccountsTest, public testing::WithParamInterface<Damage> {};

TEST_P(DamagedAuditLog, IsFound) {
  for (const char* secret : {"a", "b", "c", "d"}) {
    ASSERT_TRUE(accounts_->sign_in(1, "mona", token(secret), "browser").has_value());
  }
  ASSERT_TRUE(execute("DROP TRIGGER audit_keeps_rows; DROP TRIGGER audit_keeps_texts").has_value());
  const auto damaged = execute(GetParam().sql);
  ASSERT_TRUE(damaged.has_value()) << damaged.error().detail;
  const auto verified = AuditLog(connections_).verify();
  ASSERT_FALSE(verified.has_value());
  EXPECT_EQ(verified.error().code, Code::audit_broken);
  EXPECT_EQ(verified.error().detail, GetParam().found);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, DamagedAuditLog,
    testing::Values(
        Damage{"UPDATE audit SET detail = 'as nobody' WHERE id = 2", "row 2 is not what was written"},
        Damage{"UPDATE audit SET time = time + 1 WHERE id = 4", "row 4 is not what was written"},
        Damage{"UPDATE audit SET hash = zeroblob(32) WHERE id = 3", "row 3 is not what was written"},
        Damage{"DELETE FROM audit WHERE id = 2", "row 2 is missing"},
        Damage{"DELETE FROM audit WHERE id = 1", "row 1 is missing"},
        Damage{"DELETE FROM audit WHERE id = 4", "rows after 3 are missing"},
        Damage{"DELETE FROM audit WHERE id = 2; UPDATE audit SET id = id - 1 WHERE id > 2",
               "row 2 is not what was written"},
        Damage{"INSERT INTO audit SELECT 5, time, actor, owner, action, subject, detail, hash FROM audit WHERE "
               "id = 4",
               "row 5 was slipped in"},
        Damage{"INSERT INTO audit SELECT -5, time, actor, owner, action, subject, detail, hash FROM audit WHERE "
               "id = 4",
               "row -5 was slipped in"},
        Damage{"DELETE FROM audit", "rows after 0 are missing"}, Damage{"DELETE FROM audit_head", "it has no head"}));

}  // namespace
}  // namespace faasta::store
