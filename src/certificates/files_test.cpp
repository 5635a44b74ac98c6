#include "certificates/files.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "unit/test_certificates.hpp"

namespace faasta::certificates {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::seconds;
using test::issue;
using test::TestFolder;
using test::write_text;

constexpr const char* kName = "_.example.com";

Issued certificate_for(const std::string& host) {
  const auto made = issue({.names = {host}});
  return {made.pem, made.key_pem};
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> entries(const fs::path& folder) {
  std::set<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder)) out.insert(entry.path().filename());
  return out;
}

bool others_can_read(const fs::path& path) {
  return (fs::status(path).permissions() & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none;
}

class FilesTest : public testing::Test {
 protected:
  void use(const std::string& name, const std::string& host, SystemTime now) {
    const auto used = files_.use(name, certificate_for(host), now);
    ASSERT_TRUE(used) << used.error().detail;
  }
  /// The host name of the certificate in use.
  [[nodiscard]] std::string in_use(const std::string& name) const {
    const auto certificate = files_.current(name).value();
    return certificate ? certificate->names().front() : "";
  }
  [[nodiscard]] fs::path at(const fs::path& part) const { return folder_.path() / "acme" / part; }

  TestFolder folder_;
  Files files_ = *Files::open(folder_.path() / "acme");
  SystemTime now_ = system_now();
};

RenewalState some_state() {
  const SystemTime now = system_now();
  return {.orders = {now - hours(3), now},
          .failures = 7,
          .last_failure = now - hours(1),
          .last_success = now - hours(2),
          .retry_after = seconds(3600),
          .problem = "no \"answer\"\n\xc3\xa4",
          .window_certificate = "ab.cd",
          .window_start = now + hours(5),
          .window_end = now + hours(6),
          .chosen = now + hours(5) + seconds(1),
          .ask_again = now + hours(4)};
}

TEST_F(FilesTest, AStateIsReadAsItWasKept) {
  EXPECT_EQ(files_.state(kName).value(), RenewalState{}) << "no file is an empty state";
  ASSERT_TRUE(files_.keep(kName, some_state()));
  const RenewalState kept = some_state();
  ASSERT_TRUE(files_.keep(kName, kept));
  EXPECT_EQ(files_.state(kName).value(), kept);
  EXPECT_EQ(files_.state("other").value(), RenewalState{});
  const auto parsed = parse_state(to_text(RenewalState{}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, RenewalState{});
}

TEST_F(FilesTest, AProblemThatIsNotTextIsKeptAsText) {
  RenewalState state;
  state.problem = "bytes of the CA: \xff\xfe";
  ASSERT_TRUE(files_.keep(kName, state));
  EXPECT_TRUE(files_.state(kName).value().problem.starts_with("bytes of the CA: "));
}

TEST_F(FilesTest, AStateOfAnOlderVersionMayLackParts) {
  const auto parsed = parse_state(R"({"failures": 3})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->failures, 3U);
  EXPECT_TRUE(parsed->orders.empty());
}

TEST_F(FilesTest, ABrokenStateIsAnEmptyState) {
  const std::string whole = to_text(some_state());
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(parse_state(whole.substr(0, size))) << size;
  for (const char* text : {"", "x", "[]", R"({"orders": 1})", R"({"orders": ["x"]})", R"({"failures": "3"})",
                           R"({"problem": 1})", R"({"chosen": 1.5})", R"({"window_certificate": null})"}) {
    EXPECT_FALSE(parse_state(text)) << text;
    write_text(at("states") / (std::string(kName) + ".json"), text);
    EXPECT_EQ(files_.state(kName).value(), RenewalState{}) << text;
  }
  ASSERT_TRUE(files_.keep(kName, some_state())) << "a broken file is replaced";
}

TEST_F(FilesTest, ACertificateIsUsedByALink) {
  EXPECT_EQ(files_.current(kName).value(), nullptr);
  const Issued issued = certificate_for("a.test");
  ASSERT_TRUE(files_.use(kName, issued, now_));
  EXPECT_EQ(in_use(kName), "a.test");
  const fs::path link = files_.live() / kName;
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_TRUE(fs::read_symlink(link).is_relative()) << "the data folder can be moved";
  EXPECT_EQ(text_of(link / "fullchain.pem"), issued.chain);
  EXPECT_EQ(text_of(link / "privkey.pem"), issued.key);
  for (const fs::path& path : {link / "privkey.pem", files_.live(), fs::path(at("issued")), fs::path(at("states"))})
    EXPECT_FALSE(others_can_read(path)) << path;
}

TEST_F(FilesTest, OneOldCertificateIsKept) {
  for (int i = 0; i < 4; ++i) {
    use(kName, std::to_string(i) + ".test", now_ + seconds(i));
    EXPECT_EQ(in_use(kName), std::to_string(i) + ".test");
    EXPECT_EQ(entries(at("issued")).size(), i == 0 ? 1U : 2U);
  }
  EXPECT_EQ(entries(files_.live()), std::set<std::string>{kName});
}

TEST_F(FilesTest, AClockThatWasSetBackDoesNotMatter) {
  use(kName, "first.test", now_);
  use(kName, "second.test", now_ - hours(1));
  EXPECT_EQ(in_use(kName), "second.test");
  EXPECT_EQ(entries(at("issued")).size(), 2U);
}

TEST_F(FilesTest, TheCertificatesOfOtherNamesStay) {
  use("example.com.au", "au.test", now_);
  use("example.com", "one.test", now_);
  use("example.com", "two.test", now_ + seconds(1));
  use("example.com", "three.test", now_ + seconds(2));
  EXPECT_EQ(in_use("example.com.au"), "au.test");
  EXPECT_EQ(in_use("example.com"), "three.test");
}

TEST_F(FilesTest, OtherCertificatesAreRetiredAndTheirKeysDeleted) {
  use("shop.example", "old.example", now_);
  use("shop.example", "shop.example", now_ + seconds(1));
  use("shop.example.au", "shop.example.au", now_ + seconds(2));
  write_text(at("live") / ".leftover", "");
  EXPECT_EQ(files_.names(), (std::vector<std::string>{"shop.example", "shop.example.au"}));
  EXPECT_TRUE(files_.retire_others({"shop.example.au"}));
  EXPECT_FALSE(files_.retire_others({"shop.example.au"})) << "there is none any more";
  EXPECT_EQ(files_.names(), std::vector<std::string>{"shop.example.au"});
  EXPECT_EQ(in_use("shop.example"), "");
  EXPECT_EQ(entries(at("issued")).size(), 1U) << "no key of shop.example is on the disk";
  files_.use_again("shop.example");
  EXPECT_EQ(in_use("shop.example"), "");
}

TEST_F(FilesTest, KeysOfBaseDomainsStay) {
  use(kName, "a.test", now_);
  EXPECT_TRUE(files_.retire_others({"_.other.example"}));
  EXPECT_EQ(in_use(kName), "");
  files_.use_again(kName);
  EXPECT_EQ(in_use(kName), "a.test");
}

TEST_F(FilesTest, ACertificateCanBeUsedAgain) {
  use("shop.example", "old.example", now_);
  use("shop.example", "shop.example", now_ + seconds(1));
  use("shop.example.au", "shop.example.au", now_ + seconds(2));
  fs::remove(at("live") / "shop.example");  // as a server of an older version does
  files_.use_again("shop.example");
  EXPECT_EQ(in_use("shop.example"), "shop.example") << "the newest one of this name";
  files_.use_again("shop.example.au");
  EXPECT_EQ(in_use("shop.example.au"), "shop.example.au");
  files_.use_again("unknown.example");
  EXPECT_EQ(files_.names().size(), 2U);
}

TEST_F(FilesTest, LeftoversOfACrashAreRemoved) {
  use(kName, "first.test", now_);
  // One process was killed after it had written the first file, and another process after it had made the link.
  const std::string half = std::string(kName) + ".1234";
  fs::create_directory(at("issued") / half);
  write_text(at("issued") / half / "privkey.pem", "half");
  fs::create_directory_symlink(fs::path("..") / "issued" / half, files_.live() / ("." + std::string(kName) + ".new"));
  EXPECT_EQ(in_use(kName), "first.test");
  use(kName, "second.test", now_ + seconds(1));
  EXPECT_EQ(in_use(kName), "second.test");
  EXPECT_EQ(entries(files_.live()), std::set<std::string>{kName});
  EXPECT_EQ(entries(at("issued")).size(), 2U);
  EXPECT_FALSE(entries(at("issued")).contains(half));
}

TEST_F(FilesTest, ACertificateThatCannotBeUsedIsNone) {
  use(kName, "a.test", now_);
  write_text(files_.live() / kName / "privkey.pem", "");
  EXPECT_EQ(files_.current(kName).value(), nullptr);
  const auto old = issue({.names = {"a.test"}, .begins = -hours(2), .ends = -hours(1)});
  ASSERT_TRUE(files_.use(kName, {old.pem, old.key_pem}, now_ + seconds(1)));
  EXPECT_EQ(files_.current(kName).value(), nullptr) << "it has expired";
}

TEST_F(FilesTest, ARequestStaysUntilItIsForgotten) {
  EXPECT_FALSE(files_.is_requested(kName));
  files_.begin_request(kName);
  files_.end_request(kName);
  ASSERT_TRUE(files_.request(kName));
  ASSERT_TRUE(files_.request(kName));
  EXPECT_TRUE(files_.is_requested(kName));
  EXPECT_FALSE(files_.is_requested("other"));
  EXPECT_TRUE(Files::open(folder_.path() / "acme")->is_requested(kName)) << "after a restart too";
  files_.begin_request(kName);
  EXPECT_TRUE(files_.is_requested(kName)) << "until its order has ended";
  files_.end_request(kName);
  EXPECT_FALSE(files_.is_requested(kName));
}

TEST_F(FilesTest, AFolderThatCannotBeMadeIsNamed) {
  write_text(folder_.path() / "file", "");
  const auto opened = Files::open(folder_.path() / "file" / "acme");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::data_unusable);
  EXPECT_NE(opened.error().detail.find((folder_.path() / "file").string()), std::string::npos) << opened.error().detail;
}

}  // namespace
}  // namespace faasta::certificates
