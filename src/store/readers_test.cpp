#include "store/readers.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <latch>
#include <thread>

#include "store/accounts.hpp"
#include "store/audit_log.hpp"
#include "store/catalog.hpp"
#include "store/connections.hpp"

namespace faasta::store {
namespace {

constexpr std::chrono::seconds kDeadline{20};

/// A catalog with one function, and readers for two event loops.
class ReadersTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    connections_ = *Connections::open({folder_}, 2);
    catalog_ = std::move(*Catalog::open(connections_));
    accounts_ = std::move(*Accounts::open(connections_));
    const NewVersion version{sha256("a"), 1, 1, {}, {}, {}};
    ASSERT_TRUE(catalog_->deploy({kSingleOwner}, *FunctionName::parse("hello"), version, {}).has_value());
  }
  void TearDown() override {
    accounts_.reset();
    catalog_.reset();
    connections_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Checks that `ask`, on its own thread, ends successfully while `hold` is in the middle of its work.
  template <class Hold, class Ask>
  void ends_while(Hold hold, Ask ask) {
    std::latch held(1);
    std::promise<void> let_go;
    std::jthread holder([&] {
      hold([&] {
        held.count_down();
        let_go.get_future().wait();
      });
    });
    held.wait();
    auto asked = std::async(std::launch::async, ask);
    EXPECT_EQ(asked.wait_for(kDeadline), std::future_status::ready) << "it waits for somebody";
    let_go.set_value();
    EXPECT_TRUE(asked.get());
  }

  /// Checks the same with a look-up of each kind.
  template <class Hold>
  void looks_up_while(Hold hold) {
    ends_while(hold, [this] {
      const auto found = catalog_->find("hello", "");
      const auto version = catalog_->find("hello", "v1");
      const auto none = catalog_->find("nobody", "");
      return found && *found && version && *version && none && !*none && accounts_->quota(kSingleOwner, {}).has_value();
    });
  }

  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("faasta-routes-" + random_hex(6));
  std::shared_ptr<Connections> connections_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<Accounts> accounts_;
};

TEST_F(ReadersTest, WaitForNoRead) {
  looks_up_while([this](const auto& wait) {
    EXPECT_TRUE(connections_->read([&](Database&) -> Result<> {
      wait();
      return {};
    }));
  });
}

TEST_F(ReadersTest, OfTheApiWaitForNoOtherRead) {
  const auto hold = [this](const auto& wait) {
    EXPECT_TRUE(connections_->read([&](Database&) -> Result<> {
      wait();
      return {};
    }));
  };
  ends_while(hold, [this] {
    const auto listed = catalog_->functions(kSingleOwner, {}, 9);
    return listed && listed->size() == 1 && accounts_->has_tokens().has_value();
  });
}

TEST_F(ReadersTest, WaitForNoAuditLog) {
  looks_up_while([this](const auto& wait) {
    EXPECT_TRUE(AuditLog(connections_).for_each(0, [&](const AuditRow&) {
      wait();
      return false;
    }));
  });
}

TEST_F(ReadersTest, WaitForNoWrite) {
  looks_up_while([this](const auto& wait) {
    EXPECT_TRUE(connections_->change([&](Database& database) -> Result<> {
      RETURN_IF_ERROR(database.execute("UPDATE function SET updated = 1"));
      wait();
      return {};
    }));
  });
}

TEST_F(ReadersTest, WaitForNoCheckpoint) {
  looks_up_while([this](const auto& wait) {
    // A reader is in the middle of its query, on a connection of the API. A checkpoint cannot go beyond this reader.
    EXPECT_TRUE(connections_->read([&](Database& database) -> Result<> {
      RETURN_IF_ERROR(database.execute("BEGIN; SELECT count(*) FROM function"));
      EXPECT_TRUE(
          connections_->change([](Database& writer) { return writer.execute("UPDATE function SET updated = 2"); }));
      wait();
      return database.execute("COMMIT");
    }));
  });
}

TEST_F(ReadersTest, WaitForNoOtherLookUp) {
  looks_up_while([this](const auto& wait) {
    EXPECT_TRUE(connections_->route([&](Database&) -> Result<> {
      wait();
      return {};
    }));
  });
}

TEST_F(ReadersTest, AreMoreThanTheEventLoopsIfNeedBe) {
  looks_up_while([this](const auto& wait) {
    const auto nested = [&](Database& first) {
      return connections_->route([&](Database& second) -> Result<> {
        EXPECT_NE(&first, &second);
        wait();
        return {};
      });
    };
    EXPECT_TRUE(connections_->route(nested));
  });
}

TEST_F(ReadersTest, AreLentOneByOne) {
  const void* first = nullptr;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(connections_->route([&](Database& database) -> Result<> {
      if (first == nullptr) first = &database;
      EXPECT_EQ(first, &database) << "the one that was used last";
      return {};
    }));
  }
}

}  // namespace
}  // namespace faasta::store
