#include "tls/ticket_keys.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <optional>

#include "base/file.hpp"
#include "unit/test_certificates.hpp"

namespace faasta::tls {
namespace {

/// The public part of an encrypted ticket.
struct Ticket {
  std::array<std::uint8_t, 16> name{};
  std::array<std::uint8_t, EVP_MAX_IV_LENGTH> iv{};
};

class TicketKeysTest : public testing::Test {
 protected:
  static constexpr int kUnknown = 0, kDone = 1, kDoneAndNew = 2;

  [[nodiscard]] std::unique_ptr<TicketKeys> open() {
    auto keys = TicketKeys::open(file_, [this] { return now_; });
    EXPECT_TRUE(keys);
    return keys ? std::move(*keys) : nullptr;
  }
  static int use(const TicketKeys& keys, Ticket& ticket, bool sealing) {
    const std::unique_ptr<EVP_CIPHER_CTX, FreeWith<EVP_CIPHER_CTX_free>> cipher(EVP_CIPHER_CTX_new());
    const std::unique_ptr<HMAC_CTX, FreeWith<HMAC_CTX_free>> hmac(HMAC_CTX_new());
    return keys.use(ticket.name.data(), ticket.iv.data(), cipher.get(), hmac.get(), sealing);
  }
  static Ticket sealed_by(const TicketKeys& keys) {
    Ticket ticket;
    EXPECT_EQ(use(keys, ticket, true), kDone);
    return ticket;
  }
  static int opened_by(const TicketKeys& keys, Ticket ticket) { return use(keys, ticket, false); }
  void pass(std::chrono::seconds time, TicketKeys& keys) {
    now_ += time;
    EXPECT_TRUE(keys.renew());
  }

  test::TestFolder folder_;
  std::filesystem::path file_ = folder_.path() / "ticket-keys";
  SystemTime now_ = system_now();
};

TEST_F(TicketKeysTest, AKeySealsForTwelveHoursAndOpensForTwentyFourMore) {
  const auto keys = open();
  const Ticket first = sealed_by(*keys);
  pass(TicketKeys::kLife - std::chrono::seconds(2), *keys);
  EXPECT_EQ(sealed_by(*keys).name, first.name);
  EXPECT_EQ(opened_by(*keys, first), kDone);
  pass(std::chrono::seconds(2), *keys);
  EXPECT_NE(sealed_by(*keys).name, first.name);
  EXPECT_EQ(opened_by(*keys, first), kDoneAndNew) << "the client gets a ticket of the new key";
  pass(TicketKeys::kLife, *keys);
  EXPECT_EQ(opened_by(*keys, first), kDoneAndNew);
  pass(TicketKeys::kLife, *keys);
  EXPECT_EQ(opened_by(*keys, first), kUnknown);
}

TEST_F(TicketKeysTest, AnotherProcessHasTheSameKeys) {
  const auto one = open();
  const auto two = open();
  const Ticket ticket = sealed_by(*one);
  EXPECT_EQ(opened_by(*two, ticket), kDone);
  pass(TicketKeys::kLife, *one);  // makes a new key
  const Ticket newer = sealed_by(*one);
  EXPECT_EQ(opened_by(*two, newer), kUnknown);
  EXPECT_TRUE(two->renew());
  EXPECT_EQ(opened_by(*two, newer), kDone);
  EXPECT_EQ(sealed_by(*two).name, newer.name);
}

TEST_F(TicketKeysTest, TheKeysOutliveTheProcess) {
  const Ticket ticket = sealed_by(*open());
  EXPECT_EQ(opened_by(*open(), ticket), kDone);
  const auto mode = std::filesystem::status(file_).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(TicketKeysTest, ADamagedFileIsReplaced) {
  const std::string good = [&] {
    static_cast<void>(open());
    return *read_file(file_);
  }();
  for (const std::string& damaged :
       {std::string(), std::string("x"), good.substr(0, good.size() - 1), good + "x", good.substr(0, 16),
        "F" + good.substr(1), good + good.substr(16) + good.substr(16) + good.substr(16)}) {
    test::write_text(file_, damaged);
    const auto keys = open();
    ASSERT_TRUE(keys);
    EXPECT_EQ(opened_by(*open(), sealed_by(*keys)), kDone) << "the new file is good";
  }
}

TEST_F(TicketKeysTest, AClockThatWasSetBackMakesANewKey) {
  const auto keys = open();
  const Ticket ticket = sealed_by(*keys);
  pass(-std::chrono::days(30), *keys);
  const Ticket after = sealed_by(*keys);
  EXPECT_NE(after.name, ticket.name);
  EXPECT_EQ(opened_by(*keys, ticket), kDoneAndNew);
  pass(std::chrono::seconds(60), *keys);
  EXPECT_EQ(sealed_by(*keys).name, after.name) << "one new key is enough";
  pass(TicketKeys::kLife, *keys);
  EXPECT_NE(sealed_by(*keys).name, after.name);
}

TEST_F(TicketKeysTest, TicketsDifferAndStrangersAreUnknown) {
  const auto keys = open();
  EXPECT_NE(sealed_by(*keys).iv, sealed_by(*keys).iv);
  EXPECT_EQ(opened_by(*keys, Ticket{}), kUnknown);
}

TEST_F(TicketKeysTest, AFileThatCannotBeWrittenIsAnError) {
  file_ = folder_.path() / "missing" / "ticket-keys";
  const auto keys = TicketKeys::open(file_);
  ASSERT_FALSE(keys);
  EXPECT_NE(keys.error().detail.find("ticket-keys"), std::string::npos) << keys.error().detail;
}

/// If the next key cannot be written, the keys in use stay in use.
TEST_F(TicketKeysTest, AFailedRenewalKeepsTheKeys) {
  const auto keys = open();
  const Ticket ticket = sealed_by(*keys);
  std::filesystem::remove_all(folder_.path());
  now_ += TicketKeys::kLife;
  EXPECT_FALSE(keys->renew());
  EXPECT_EQ(opened_by(*keys, ticket), kDone);
}

}  // namespace
}  // namespace faasta::tls
