#include "store/catalog.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "store/accounts.hpp"
#include "store/audit_log.hpp"
#include "store/connections.hpp"
#include "store/migrations.hpp"
#include "store/releases.hpp"
#include "store/sqlite.hpp"

namespace faasta::store {
namespace {

/// A catalog in its own folder.
class CatalogTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("faasta-catalog-" + random_hex(6));
    std::filesystem::create_directories(folder_);
    open();
  }
  void TearDown() override {
    catalog_.reset();
    accounts_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    catalog_.reset();
    accounts_.reset();
    auto connections = Connections::open({folder_});
    ASSERT_TRUE(connections.has_value()) << connections.error().detail;
    auto opened = Catalog::open(*connections);
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    catalog_ = std::move(*opened);
    accounts_ = std::move(*Accounts::open(*connections));
  }
  Result<Activated> deploy(std::string_view name, std::string_view bytes, OwnerId owner = kSingleOwner) {
    NewVersion version{sha256(bytes), bytes.size(), 1, {"wasi:http/types@0.2.0"}, {}, "as " + std::string(bytes)};
    return catalog_->deploy({owner}, *FunctionName::parse(name), version, quota_);
  }

  static constexpr OwnerId kOther{2};
  static constexpr Actor kActor{kSingleOwner};
  Quota quota_{3, 3};
  std::filesystem::path folder_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<Accounts> accounts_;
};

FunctionName name(std::string_view text) { return *FunctionName::parse(text); }

TEST_F(CatalogTest, NumbersVersionsAndMovesThePointer) {
  EXPECT_EQ(deploy("hello", "a")->version, 1U);
  const auto second = deploy("hello", "b");
  EXPECT_EQ(second->version, 2U);
  EXPECT_EQ(second->previous, 1U);
  EXPECT_EQ((*catalog_->find("hello", ""))->sha256, sha256("b"));
  EXPECT_EQ((*catalog_->find("hello", "v1"))->sha256, sha256("a"));
  EXPECT_FALSE(catalog_->find("hello", "v3")->has_value());
  EXPECT_FALSE(catalog_->find("other", "")->has_value());
}

TEST_F(CatalogTest, AnAliasFindsItsVersionAndKeepsIt) {
  ASSERT_TRUE(deploy("hello", "a"));
  NewVersion preview{sha256("b"), 1, 1, {}, {}, ""};
  preview.activate = false;
  preview.alias = "beta";
  EXPECT_EQ(catalog_->deploy(kActor, name("hello"), preview, quota_)->version, 2U);
  EXPECT_EQ((*catalog_->find("hello", ""))->version, 1U);
  for (const char* bytes : {"c", "d", "e", "f"}) ASSERT_TRUE(deploy("hello", bytes));
  EXPECT_EQ((*catalog_->find("hello", "beta"))->version, 2U);
  EXPECT_FALSE(catalog_->find("hello", "v1")->has_value());
  EXPECT_FALSE(catalog_->find("hello", "alpha")->has_value());
  ASSERT_TRUE(catalog_->remove(kActor, name("hello")));
  EXPECT_FALSE(catalog_->find("hello", "beta")->has_value());
}

TEST_F(CatalogTest, VersionsThatNeverWereLiveDoNotPushOutTheWayBack) {
  ASSERT_TRUE(deploy("hello", "a") && deploy("hello", "b"));  // 3 versions are kept
  NewVersion preview{{}, 1, 1, {}, {}, ""};
  preview.activate = false;
  for (const char* bytes : {"c", "d", "e", "f"}) {
    preview.sha256 = sha256(bytes);
    ASSERT_TRUE(catalog_->deploy(kActor, name("hello"), preview, quota_));
  }
  EXPECT_EQ(catalog_->versions(kSingleOwner, name("hello"))->size(), 4U) << "and the one that was just added";
  EXPECT_EQ(catalog_->roll_back(kActor, name("hello"), std::nullopt)->version, 1U);
}

TEST_F(CatalogTest, TheOperatorIsNotStoppedByALock) {
  ASSERT_TRUE(deploy("hello", "a"));
  ASSERT_TRUE(Releases(*Connections::open({folder_})).lock(kActor, name("hello"), "a reason"));
  EXPECT_EQ(catalog_->remove(kActor, name("hello")).error().code, Code::function_locked);
  EXPECT_TRUE(catalog_->remove({.owner = kSingleOwner, .token = {}, .by_operator = true}, name("hello")));
}

TEST_F(CatalogTest, TheContentOfAVersion) {
  NewVersion version{sha256("a"), 7, 1, {"wasi:http/types@0.2.0"}, {}, ""};
  version.packages = {{"serde", "1.0.2", "crates"}, {"anyhow", "1.0.0", "crates"}};
  version.settings.outbound = {"https://example.com"};
  ASSERT_TRUE(catalog_->deploy(kActor, name("hello"), version, quota_));
  const auto content = catalog_->content(kSingleOwner, name("hello"), 1);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->settings, version.settings);
  EXPECT_EQ(content->imports, version.imports);
  ASSERT_EQ(content->packages.size(), 2U);
  EXPECT_EQ(content->packages[0].name, "anyhow");
  EXPECT_EQ(catalog_->content(kSingleOwner, name("hello"), 2).error().code, Code::version_not_found);
  EXPECT_EQ(catalog_->content(kOther, name("hello"), 1).error().code, Code::function_not_found);
}

TEST_F(CatalogTest, RollsBackToTheVersionBeforeAndForwardByNumber) {
  ASSERT_TRUE(deploy("hello", "a").has_value() && deploy("hello", "b").has_value());
  EXPECT_EQ(catalog_->roll_back(kActor, name("hello"), std::nullopt)->version, 1U);
  EXPECT_EQ(catalog_->roll_back(kActor, name("hello"), std::nullopt).error().code, Code::nothing_to_roll_back);
  EXPECT_EQ(catalog_->roll_back(kActor, name("hello"), 2)->previous, 1U);
  EXPECT_EQ(catalog_->roll_back(kActor, name("hello"), 9).error().code, Code::version_not_found);
  EXPECT_EQ(deploy("hello", "c")->version, 3U);
}

TEST_F(CatalogTest, KeepsTheNewestVersionsAndTheActiveOne) {
  ASSERT_TRUE(deploy("hello", "a").has_value() && deploy("hello", "b").has_value() && deploy("hello", "c").has_value());
  const auto fourth = deploy("hello", "d");
  ASSERT_EQ(fourth->dropped.size(), 1U);
  EXPECT_EQ(fourth->dropped[0], sha256("a"));
  EXPECT_FALSE(*catalog_->uses(sha256("a")));
  EXPECT_TRUE(*catalog_->uses(sha256("b")));
  EXPECT_EQ(catalog_->versions(kSingleOwner, name("hello"))->size(), 3U);
}

TEST_F(CatalogTest, ARowThatCannotBeReadIsAnErrorAndNoDefault) {
  ASSERT_TRUE(deploy("hello", "a").has_value() && deploy("other", "b").has_value());
  for (const std::string settings :
       {"", "{", "[]", R"({"cpu_ms":"1"})", R"({"cpu_ms":-1})", R"({"outbound":"https://a"})", R"({"outbound":[1]})",
        R"({"cpu_ms":1,"secrets":{}})"}) {
    {
      auto database = SqliteDatabase::open(folder_ / "faasta.db", SqliteDatabase::Mode::read_write);
      ASSERT_TRUE(database.has_value());
      for (const std::string table : {"route", "version"}) {
        auto change = (*database)->prepare(
            table == "route"
                ? "UPDATE route SET settings = ?1 WHERE name = 'hello'"
                : "UPDATE version SET settings = ?1 WHERE function = (SELECT id FROM function WHERE name = 'hello')");
        ASSERT_TRUE(change.has_value()) << change.error().detail;
        ASSERT_TRUE((*change)->bind(1, settings).step().has_value());
      }
    }
    EXPECT_EQ(catalog_->find("hello", "").error().code, Code::data_unusable) << settings;
    EXPECT_EQ(catalog_->function(kSingleOwner, name("hello")).error().code, Code::data_unusable) << settings;
    EXPECT_EQ(catalog_->functions(kSingleOwner, {}, 9).error().code, Code::data_unusable) << settings;
    EXPECT_TRUE(catalog_->find("other", "")->has_value());
  }
}

TEST_F(CatalogTest, ListsFunctionsPageByPage) {
  for (const std::string name : {"ccc", "a-a", "bbb"}) ASSERT_TRUE(deploy(name, name).has_value());
  const auto names = [&](std::string_view after, std::uint32_t most) {
    std::string out;
    const auto page = catalog_->functions(kSingleOwner, after, most);
    for (const auto& function : *page) out += function.name + " ";
    return out;
  };
  EXPECT_EQ(names({}, 9), "a-a bbb ccc ");
  EXPECT_EQ(names({}, 2), "a-a bbb ");
  EXPECT_EQ(names("a-a", 1), "bbb ");
  EXPECT_EQ(names("b", 9), "bbb ccc ");
  EXPECT_EQ(names("ccc", 2), "");
}

TEST_F(CatalogTest, HidesFunctionsOfOthers) {
  ASSERT_TRUE(deploy("hello", "a").has_value());
  EXPECT_EQ(catalog_->function(kOther, name("hello")).error().code, Code::function_not_found);
  EXPECT_EQ(catalog_->roll_back({kOther}, name("hello"), 1).error().code, Code::function_not_found);
  EXPECT_EQ(catalog_->remove({kOther}, name("hello")).error().code, Code::function_not_found);
  EXPECT_EQ(deploy("hello", "b", kOther).error().code, Code::name_taken);
  EXPECT_TRUE(catalog_->functions(kOther, {}, 9)->empty());
}

TEST_F(CatalogTest, DeletesEverythingAndKeepsTheNameForItsOwner) {
  const auto first = deploy("hello", "a");
  const auto removed = catalog_->remove(kActor, name("hello"));
  ASSERT_TRUE(removed.has_value()) << removed.error().detail;
  EXPECT_EQ(removed->dropped, std::vector{sha256("a")});
  EXPECT_FALSE(catalog_->find("hello", "")->has_value());
  EXPECT_FALSE(*catalog_->uses(sha256("a")));
  EXPECT_EQ(catalog_->may_deploy(kOther, name("hello"), true, quota_).error().code, Code::name_taken);
  const auto again = deploy("hello", "a");
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->version, 1U);
  EXPECT_NE(again->function, first->function);  // so it does not get the logs and counts of the old function
}

TEST_F(CatalogTest, HoldsTheQuotaUnderARace) {
  std::atomic<int> created{0};
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([this, i, &created] {
        if (deploy("function-" + std::to_string(i), "a").has_value()) ++created;
      });
    }
  }
  EXPECT_EQ(created.load(), 3);
  EXPECT_EQ(deploy("one-more", "a").error().code, Code::quota_functions);
}

TEST_F(CatalogTest, RemembersAfterItIsOpenedAgain) {
  NewVersion version{sha256("a"),
                     1,
                     2,
                     {"x"},
                     {{std::chrono::milliseconds(7), std::chrono::milliseconds(8), 9U << 20U}, {"https://a"}},
                     "m"};
  ASSERT_TRUE(catalog_->deploy(kActor, name("hello"), version, quota_).has_value());
  open();
  const auto record = catalog_->function(kSingleOwner, name("hello"));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->settings, version.settings);
  EXPECT_EQ(record->imports, version.imports);
  EXPECT_EQ((*catalog_->find("hello", ""))->settings, version.settings);
}

TEST_F(CatalogTest, RoutesFollowThePointer) {
  const auto active = [&](std::string_view function) -> std::optional<Sha256> {
    const auto found = catalog_->find(function, "");
    return found && *found ? std::optional((*found)->sha256) : std::nullopt;
  };
  ASSERT_TRUE(deploy("hello", "a").has_value() && deploy("hello", "b").has_value() && deploy("other", "c").has_value());
  ASSERT_TRUE(catalog_->roll_back(kActor, name("hello"), 1).has_value());
  EXPECT_EQ(active("hello"), sha256("a"));
  ASSERT_TRUE(catalog_->remove(kActor, name("hello")).has_value());
  EXPECT_EQ(active("hello"), std::nullopt);
  ASSERT_TRUE(deploy("hello", "d").has_value());
  EXPECT_EQ(active("hello"), sha256("d"));
  EXPECT_EQ(active("other"), sha256("c"));
}

TEST_F(CatalogTest, IsOpenedAsItIsOnlyInItsNewestForm) {
  EXPECT_TRUE(Connections::open_as_it_is({folder_}).has_value());
  const auto other = folder_ / "other";
  std::filesystem::create_directories(other);
  EXPECT_EQ(Connections::open_as_it_is({other}).error().detail, "there is no catalog in " + other.string());
  {
    auto database = SqliteDatabase::open(other / "faasta.db", SqliteDatabase::Mode::read_write);
    ASSERT_TRUE(database.has_value() && migrate(**database, 2).has_value());
  }
  EXPECT_EQ(Connections::open_as_it_is({other}).error().code, Code::data_unusable);
  ASSERT_TRUE(Connections::open({other}).has_value());
  EXPECT_TRUE(Connections::open_as_it_is({other}).has_value());
  {
    auto database = SqliteDatabase::open(other / "faasta.db", SqliteDatabase::Mode::read_write);
    ASSERT_TRUE(database.has_value() && (*database)->execute("PRAGMA user_version = 99").has_value());
  }
  EXPECT_EQ(Connections::open({other}).error().code, Code::data_unusable) << "of a newer server";
}

TEST_F(CatalogTest, IsUsedAfterTheServerOfTheNextReleaseHasAddedToIt) {
  ASSERT_TRUE(deploy("hello", "a").has_value());
  accounts_.reset();
  catalog_.reset();
  const auto add =
      "CREATE TABLE added (function INTEGER NOT NULL REFERENCES function ON DELETE CASCADE) STRICT;"
      "INSERT INTO added SELECT id FROM function; UPDATE schema_step SET applied = 99;";
  {
    auto database = SqliteDatabase::open(folder_ / "faasta.db", SqliteDatabase::Mode::read_write);
    ASSERT_TRUE(database.has_value() && (*database)->execute(add).has_value());
  }
  EXPECT_TRUE(Connections::open_as_it_is({folder_}).has_value());
  open();
  ASSERT_TRUE(deploy("hello", "b").has_value());
  ASSERT_TRUE(catalog_->remove(kActor, name("hello")).has_value());
  auto database = SqliteDatabase::open(folder_ / "faasta.db", SqliteDatabase::Mode::read_write);
  ASSERT_TRUE(database.has_value());
  const auto count = [](const Statement& row) -> Result<std::int64_t> { return row.integer(0); };
  EXPECT_EQ(first_row(**database, "SELECT count(*) FROM added", count).value(), 0) << "a row outlived its function";
  EXPECT_EQ(first_row(**database, "SELECT applied FROM schema_step", count).value(), 99) << "the count was changed";
}

TEST_F(CatalogTest, NoticesTheCommitsOfOthers) {
  EXPECT_FALSE(*catalog_->changed_outside());
  ASSERT_TRUE(deploy("hello", "a").has_value());
  EXPECT_FALSE(*catalog_->changed_outside()) << "its own are none";
  {
    const auto others = *Connections::open_as_it_is({folder_});
    ASSERT_TRUE((*Accounts::open(others))->suspend(kSingleOwner, true).has_value());
  }
  EXPECT_TRUE(*catalog_->changed_outside());
  EXPECT_FALSE(*catalog_->changed_outside());
}

TEST_F(CatalogTest, TakesOverACatalogOfTheFirstForm) {
  catalog_.reset();
  accounts_.reset();
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  {
    auto database = SqliteDatabase::open(folder_ / "faasta.db", SqliteDatabase::Mode::read_write);
    ASSERT_TRUE(database.has_value() && migrate(**database, 1).has_value());
    const auto filled = (*database)->execute(
        "INSERT INTO function VALUES (1, 'hello', 1, 2, 3, 0, 0);"
        "INSERT INTO version VALUES (1, 1, zeroblob(32), 10, 1, '[]', '{}', 0, ''), (1, 2, randomblob(32), 20, 1, "
        "'[]', '{}', 0, '');"
        "INSERT INTO token VALUES (x'03', 1, 'admin', 0, NULL, NULL);"
        "INSERT INTO audit VALUES (1, 5, 1, 'deploy', 'hello', 'version 1'), (2, 6, 1, 'deploy', 'hello', 'version "
        "2');");
    ASSERT_TRUE(filled.has_value()) << filled.error().detail;
  }
  open();
  const auto found = catalog_->find("hello", "");
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ((*found)->version, 2U);
  EXPECT_EQ((*found)->owner, kSingleOwner);
  EXPECT_EQ(accounts_->usage(kSingleOwner)->functions, 1U);
  EXPECT_EQ(accounts_->usage(kSingleOwner)->stored_bytes, 30U);
  EXPECT_EQ(accounts_->tokens(kSingleOwner)->at(0).scopes, "admin");
  ASSERT_TRUE(deploy("hello", "c").has_value());
  EXPECT_EQ(catalog_->roll_back(kActor, name("hello"), 1)->version, 1U);
  const auto log = AuditLog(*Connections::open({folder_})).verify();
  ASSERT_TRUE(log.has_value()) << log.error().detail;
  EXPECT_EQ(log->rows, 4);
}

TEST_F(CatalogTest, CountsDeploysAndBytesAgainstTheQuotaOfTheOwner) {
  quota_ = {.functions = 9, .kept_versions = 2, .stored_mb = 1, .deploys_per_hour = 4};
  const auto deploy_bytes = [this](std::string_view bytes, std::uint64_t size) {
    return catalog_->deploy(kActor, name("hello"), {sha256(bytes), size, 1, {}, {}, {}}, quota_);
  };
  ASSERT_TRUE(deploy_bytes("a", 600'000).has_value());
  EXPECT_EQ(deploy_bytes("b", 600'000).error().code, Code::quota_stored);
  ASSERT_TRUE(deploy_bytes("c", 400'000).has_value());
  EXPECT_EQ(accounts_->usage(kSingleOwner)->stored_bytes, 1'000'000U);
  ASSERT_TRUE(deploy_bytes("d", 640'000).has_value());  // version 1 is deleted, so there is room
  EXPECT_EQ(accounts_->usage(kSingleOwner)->stored_bytes, 1'040'000U);
  ASSERT_TRUE(deploy_bytes("e", 1).has_value());
  const auto refused = deploy_bytes("f", 1);
  EXPECT_EQ(refused.error().code, Code::quota_deploys);
  EXPECT_GT(refused.error().retry_after, std::chrono::minutes(59));
  EXPECT_EQ(catalog_->may_deploy(kSingleOwner, name("other"), true, quota_).error().code, Code::quota_deploys);
  ASSERT_TRUE(accounts_->set_quota(kSingleOwner, "deploys_per_hour", 5).has_value());
  EXPECT_TRUE(deploy_bytes("f", 1).has_value());
  ASSERT_TRUE(catalog_->remove(kActor, name("hello")).has_value());
  EXPECT_EQ(accounts_->usage(kSingleOwner)->stored_bytes, 0U);
  EXPECT_EQ(accounts_->usage(kSingleOwner)->functions, 0U);
}

TEST_F(CatalogTest, RemembersPackagesAsLongAsAVersionHasThem) {
  const auto deploy_with = [&](std::string_view bytes, std::vector<PackageRecord> packages) {
    NewVersion version{sha256(bytes), 1, 1, {}, {}, {}, std::move(packages)};
    return catalog_->deploy(kActor, name("hello"), version, quota_).has_value();
  };
  const auto uses = [&](std::string_view crate) {
    std::vector<std::string> out;
    const auto asked = catalog_->for_each_use(crate, [&](const PackageUse& use) {
      out.push_back(use.function + " " + std::to_string(use.number) + (use.active ? " live " : " ") +
                    use.package.version);
    });
    EXPECT_TRUE(asked.has_value());
    return out;
  };
  const PackageRecord one{"Some_Crate", "1.0.0", "crates.io"};
  const PackageRecord two{"Some_Crate", "2.0.0", "crates.io"};
  ASSERT_TRUE(deploy_with("a", {one, one, {"other", "1.0.0", "git"}}) && deploy_with("b", {one, two}));
  EXPECT_EQ(uses("some-crate"),
            (std::vector<std::string>{"hello 1 1.0.0", "hello 2 live 1.0.0", "hello 2 live 2.0.0"}));
  EXPECT_EQ(uses("some"), std::vector<std::string>{});
  for (const char* bytes : {"c", "d"}) ASSERT_TRUE(deploy_with(bytes, {}));
  EXPECT_EQ(uses("some_crate").size(), 2U) << "three versions are kept";
  EXPECT_EQ(uses("other").size(), 0U);
  ASSERT_TRUE(catalog_->remove(kActor, name("hello")).has_value());
  auto database = SqliteDatabase::open(folder_ / "faasta.db", SqliteDatabase::Mode::read_only);
  ASSERT_TRUE(database.has_value());
  auto left = (*database)->prepare("SELECT (SELECT count(*) FROM package) + (SELECT count(*) FROM version_package)");
  ASSERT_TRUE(left.has_value() && (*left)->step().has_value());
  EXPECT_EQ((*left)->integer(0), 0);
}

TEST_F(CatalogTest, HidesTheFunctionsOfASuspendedOwner) {
  ASSERT_TRUE(deploy("hello", "a").has_value() && deploy("hello", "b").has_value());
  ASSERT_TRUE(accounts_->suspend(kSingleOwner, true).has_value());
  EXPECT_EQ(catalog_->find("hello", "").error().code, Code::function_suspended);
  EXPECT_EQ(catalog_->find("hello", "v1").error().code, Code::function_suspended);
  ASSERT_TRUE(accounts_->suspend(kSingleOwner, false).has_value());
  EXPECT_EQ((*catalog_->find("hello", ""))->version, 2U);
  EXPECT_EQ((*catalog_->find("hello", "v1"))->owner, kSingleOwner);
}

TEST_F(CatalogTest, HidesASuspendedFunction) {
  ASSERT_TRUE(deploy("hello", "a").has_value() && deploy("hello", "b").has_value() && deploy("other", "c").has_value());
  const Actor by_operator{.owner = kSingleOwner, .token = {}, .by_operator = true};
  ASSERT_TRUE(catalog_->suspend(by_operator, name("hello"), "spam"));
  for (const char* label : {"", "v1", "v2"}) {
    const auto found = catalog_->find("hello", label);
    ASSERT_FALSE(found) << label;
    EXPECT_EQ(found.error().code, Code::function_suspended);
    EXPECT_EQ(found.error().detail, "spam");
  }
  EXPECT_TRUE(catalog_->find("other", "")->has_value());
  EXPECT_EQ(catalog_->function(kSingleOwner, name("hello"))->suspension->reason, "spam");
  ASSERT_TRUE(deploy("hello", "d").has_value());
  EXPECT_EQ(catalog_->find("hello", "").error().code, Code::function_suspended) << "a new version does not end it";
  ASSERT_TRUE(accounts_->suspend(kSingleOwner, true) && accounts_->suspend(kSingleOwner, false));
  EXPECT_EQ(catalog_->find("hello", "").error().code, Code::function_suspended) << "nor the end of another suspension";
  EXPECT_EQ(catalog_->remove(kActor, name("hello")).error().code, Code::function_held);
  ASSERT_TRUE(catalog_->resume(by_operator, name("hello")));
  EXPECT_EQ((*catalog_->find("hello", ""))->version, 3U);
  EXPECT_TRUE(catalog_->remove(kActor, name("hello")));
}

TEST_F(CatalogTest, ASuspendedFunctionThatTheOperatorDeletesLeavesItsNameToNobody) {
  ASSERT_TRUE(deploy("hello", "a").has_value() && deploy("other", "b").has_value());
  const Actor by_operator{.owner = kSingleOwner, .token = {}, .by_operator = true};
  ASSERT_TRUE(catalog_->suspend(by_operator, name("hello"), "spam"));
  ASSERT_TRUE(catalog_->remove(by_operator, name("hello")) && catalog_->remove(by_operator, name("other")));
  EXPECT_EQ(deploy("hello", "a").error().code, Code::name_taken);
  EXPECT_TRUE(deploy("other", "b").has_value()) << "it was not suspended";
}

TEST_F(CatalogTest, KeepsTheEvidenceOfASuspendedFunction) {
  ASSERT_TRUE(deploy("hello", "a").has_value());
  const Actor by_operator{.owner = kSingleOwner, .token = {}, .by_operator = true};
  ASSERT_TRUE(catalog_->suspend(by_operator, name("hello"), "spam"));
  const auto has_first = [this] {
    const auto versions = catalog_->versions(kSingleOwner, name("hello"));
    return versions && std::ranges::find(*versions, 1U, &VersionRecord::number) != versions->end();
  };
  for (const char* bytes : {"b", "c", "d", "e", "f"}) ASSERT_TRUE(deploy("hello", bytes).has_value());
  EXPECT_TRUE(has_first()) << "it was live at the suspension";
  ASSERT_TRUE(catalog_->resume(by_operator, name("hello")));
  ASSERT_TRUE(deploy("hello", "g").has_value());
  EXPECT_FALSE(has_first());
}

TEST_F(CatalogTest, GivesAFunctionToAnotherOwner) {
  const auto other = accounts_->sign_in(7, "mona", {sha256("t"), "t", "admin", {}}, "test");
  ASSERT_TRUE(other.has_value() && deploy("hello", "a").has_value());
  EXPECT_EQ(catalog_->transfer(kActor, name("hello"), OwnerId{99}).error().code, Code::owner_not_found);
  ASSERT_TRUE(catalog_->transfer(kActor, name("hello"), other->account.id).has_value());
  EXPECT_EQ(catalog_->function(kSingleOwner, name("hello")).error().code, Code::function_not_found);
  EXPECT_EQ(catalog_->function(other->account.id, name("hello"))->version, 1U);
  EXPECT_EQ((*catalog_->find("hello", ""))->owner, other->account.id);
  EXPECT_EQ(accounts_->usage(kSingleOwner)->functions, 0U);
  EXPECT_EQ(accounts_->usage(other->account.id)->functions, 1U);
  EXPECT_EQ(accounts_->usage(other->account.id)->stored_bytes, 1U);
}

}  // namespace
}  // namespace faasta::store
