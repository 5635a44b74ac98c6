#include "tls/certificates.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <iterator>
#include <thread>

#include "unit/test_certificates.hpp"

namespace faasta::tls {
namespace {

namespace fs = std::filesystem;
using test::issue;
using test::write_pair;
using test::write_text;

class CertificatesTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Certificates> open(CertificatePlaces places) {
    auto opened = Certificates::open(std::move(places));
    if (!opened) {
      problem_ = opened.error().detail;
      return nullptr;
    }
    return std::move(*opened);
  }
  [[nodiscard]] const fs::path& folder() const { return folder_.path(); }
  /// Waits until the watcher's thread makes the condition true.
  static bool comes_true(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return condition();
  }

  test::TestFolder folder_;
  std::string problem_;
};

TEST_F(CertificatesTest, AFolderHasPairsInThreeForms) {
  write_pair(folder(), "one", issue({.names = {"one.test"}}));
  const auto two = issue({.names = {"two.test"}});
  write_text(folder() / "two.pem", two.pem);
  write_text(folder() / "two.key", two.key_pem);
  const auto three = issue({.names = {"three.test"}});
  fs::create_directories(folder() / "three.test");
  write_text(folder() / "three.test" / "fullchain.pem", three.pem);
  write_text(folder() / "three.test" / "privkey.pem", three.key_pem);
  // None of these is a pair.
  write_text(folder() / "root.pem", two.pem);
  write_text(folder() / "README", "hello");
  fs::create_directories(folder() / "empty");
  const auto certificates = open({.pairs = {}, .folder = folder()});
  ASSERT_TRUE(certificates) << problem_;
  for (const char* name : {"one.test", "two.test", "three.test"}) EXPECT_TRUE(certificates->find(name)) << name;
  EXPECT_EQ(certificates->states().size(), 3U);
}

TEST_F(CertificatesTest, AnyPairThatCannotBeReadEndsTheStart) {
  const auto good = write_pair(folder(), "good", issue({.names = {"good.test"}}));
  EXPECT_FALSE(open({.pairs = {good, {folder() / "none.crt", folder() / "none.key"}}, .folder = {}}));
  EXPECT_NE(problem_.find("none.crt"), std::string::npos) << problem_;
  write_text(folder() / "bad.crt", "x");
  write_text(folder() / "bad.key", "x");
  EXPECT_FALSE(open({.pairs = {}, .folder = folder()}));
  EXPECT_NE(problem_.find("bad.crt: it has no certificate"), std::string::npos) << problem_;
  fs::remove(folder() / "bad.key");
  write_text(folder() / "bad.crt", issue({.names = {"a.test"}}).pem);
  EXPECT_FALSE(open({.pairs = {}, .folder = folder()}));
  EXPECT_NE(problem_.find("bad.key"), std::string::npos) << problem_;
}

TEST_F(CertificatesTest, ThereMustBeACertificate) {
  EXPECT_FALSE(open({.pairs = {}, .folder = folder()}));
  EXPECT_NE(problem_.find(folder().string() + ": there is no certificate"), std::string::npos) << problem_;
  EXPECT_FALSE(open({.pairs = {}, .folder = folder() / "missing"}));
  EXPECT_NE(problem_.find("missing: No such file"), std::string::npos) << problem_;
}

TEST_F(CertificatesTest, ABadFileKeepsTheOldCertificateAndIsReported) {
  const auto files = write_pair(folder(), "a", issue({.names = {"a.test"}}));
  const auto certificates = open({.pairs = {}, .folder = folder()});
  ASSERT_TRUE(certificates);
  const auto before = certificates->find("a.test");
  EXPECT_EQ(certificates->states().at(0).problem, "");
  write_text(files.key, issue({}).key_pem);
  certificates->reload();
  EXPECT_EQ(certificates->find("a.test")->certificate, before->certificate);
  const auto state = certificates->states().at(0);
  EXPECT_NE(state.problem.find("a.key: the private key does not belong"), std::string::npos) << state.problem;
  EXPECT_EQ(state.names, before->certificate->names());
  EXPECT_EQ(state.not_after, before->certificate->not_after());
  write_pair(folder(), "a", issue({.names = {"b.test"}}));
  certificates->reload();
  EXPECT_EQ(certificates->states().at(0).problem, "");
  EXPECT_FALSE(certificates->find("a.test"));
  EXPECT_TRUE(certificates->find("b.test"));
}

TEST_F(CertificatesTest, ANewPairIsFoundAndARemovedOneIsDropped) {
  const auto a = write_pair(folder(), "a", issue({.names = {"a.test"}}));
  const auto certificates = open({.pairs = {}, .folder = folder()});
  ASSERT_TRUE(certificates);
  write_pair(folder(), "b", issue({.names = {"b.test"}}));
  write_text(folder() / "c.crt", "nothing");
  certificates->reload();
  EXPECT_TRUE(certificates->find("b.test"));
  EXPECT_EQ(certificates->states().size(), 3U);  // the third state has the problem of c, which has no certificate
  EXPECT_FALSE(certificates->states().at(2).problem.empty());
  fs::remove(a.certificate);
  fs::remove(a.key);
  fs::remove(folder() / "c.crt");
  certificates->reload();
  EXPECT_FALSE(certificates->find("a.test"));
  EXPECT_TRUE(certificates->find("b.test"));
  EXPECT_EQ(certificates->states().size(), 1U);
}

TEST_F(CertificatesTest, AConfiguredPairStaysWithoutItsFiles) {
  const auto files = write_pair(folder(), "a", issue({.names = {"a.test"}}));
  const auto certificates = open({.pairs = {files}, .folder = {}});
  ASSERT_TRUE(certificates);
  fs::remove(files.certificate);
  certificates->reload();
  EXPECT_TRUE(certificates->find("a.test"));
  EXPECT_NE(certificates->states().at(0).problem.find("No such file"), std::string::npos);
}

/// Some programs delete all files of a folder before they copy new files into it.
TEST_F(CertificatesTest, AnEmptyOrMissingFolderKeepsWhatWasRead) {
  const fs::path place = folder() / "certificates";
  fs::create_directories(place);
  const auto files = write_pair(place, "a", issue({.names = {"a.test"}}));
  const auto certificates = open({.pairs = {}, .folder = place});
  ASSERT_TRUE(certificates);
  fs::remove(files.certificate);
  fs::remove(files.key);
  certificates->reload();
  EXPECT_TRUE(certificates->find("a.test"));
  fs::remove(place);
  certificates->reload();
  EXPECT_TRUE(certificates->find("a.test"));
  EXPECT_EQ(certificates->states().size(), 1U);
}

TEST_F(CertificatesTest, AChangeIsNoticed) {
  const fs::path place = folder() / "certificates";
  fs::create_directories(place);
  write_pair(place, "a", issue({.names = {"a.test"}}));
  const auto certificates = open({.pairs = {}, .folder = place});
  ASSERT_TRUE(certificates);
  // This change is before the watcher begins. The watcher must not miss it.
  write_pair(place, "a", issue({.names = {"b.test"}}));
  std::jthread watcher([&](const std::stop_token& stop) { certificates->watch(stop); });
  EXPECT_TRUE(comes_true([&] { return certificates->find("b.test") != nullptr; }));
  write_pair(place, "a", issue({.names = {"c.test"}}));
  EXPECT_TRUE(comes_true([&] { return certificates->find("c.test") != nullptr; }));
  // This is a folder of certbot, with links to files in another folder.
  const fs::path archive = folder() / "archive";
  fs::create_directories(archive);
  fs::create_directories(place / "d");
  const auto d = write_pair(archive, "d1", issue({.names = {"d.test"}}));
  fs::create_symlink(d.key, place / "d" / "privkey.pem");
  fs::create_symlink(d.certificate, place / "d" / "fullchain.pem");
  EXPECT_TRUE(comes_true([&] { return certificates->find("d.test") != nullptr; }));
  // The target of the link changes, and the link does not.
  EXPECT_TRUE(comes_true([&] {
    write_pair(archive, "d1", issue({.names = {"e.test"}}));
    for (int i = 0; i < 1000 && certificates->find("e.test") == nullptr; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return certificates->find("e.test") != nullptr;
  }));
  // The folder is deleted and made again.
  fs::remove_all(place);
  fs::create_directories(place);
  write_pair(place, "a", issue({.names = {"f.test"}}));
  EXPECT_TRUE(comes_true([&] { return certificates->find("f.test") != nullptr; }));
}

TEST_F(CertificatesTest, StatesDoNotWaitForFiles) {
  const auto files = write_pair(folder(), "a", issue({.names = {"a.test"}}));
  const auto certificates = open({.pairs = {files}, .folder = {}});
  ASSERT_TRUE(certificates);
  // To open a FIFO for reading waits until a process opens it for writing.
  fs::remove(files.certificate);
  ASSERT_EQ(::mkfifo(files.certificate.c_str(), 0600), 0);
  std::atomic<int> thread = 0;
  std::jthread reader([&] {
    thread = ::gettid();
    certificates->reload();
  });
  const auto sleeps = [&thread] {
    std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(stat), {}};
    const std::size_t behind_name = text.rfind(')');
    return behind_name != std::string::npos && text.substr(behind_name + 2, 1) == "S";
  };
  ASSERT_TRUE(comes_true(sleeps));
  EXPECT_EQ(certificates->states().size(), 1U);
  EXPECT_TRUE(certificates->find("a.test"));
  std::ofstream(files.certificate).close();
  reader.join();
}

/// If an expired certificate prevented the start, the server could not renew this certificate.
TEST_F(CertificatesTest, InAFolderThatTheServerFillsAPairThatCannotBeUsedDoesNotPreventTheStart) {
  write_pair(folder(), "old",
             issue({.names = {"old.test"}, .begins = -std::chrono::hours(2), .ends = -std::chrono::hours(1)}));
  write_pair(folder(), "good", issue({.names = {"good.test"}}));
  EXPECT_FALSE(open({.pairs = {}, .folder = folder()}));
  const auto certificates = open({.pairs = {}, .folder = folder(), .may_be_empty = true});
  ASSERT_TRUE(certificates) << problem_;
  EXPECT_TRUE(certificates->find("good.test"));
  EXPECT_FALSE(certificates->find("old.test"));
  const auto states = certificates->states();
  ASSERT_EQ(states.size(), 2U);
  EXPECT_NE(states[1].problem.find("expired"), std::string::npos) << states[1].problem;
  write_pair(folder(), "old", issue({.names = {"old.test"}}));
  certificates->reload();
  EXPECT_TRUE(certificates->find("old.test"));
}

TEST_F(CertificatesTest, AFolderThatTheServerFillsMayBeEmpty) {
  EXPECT_FALSE(open({.pairs = {}, .folder = folder()}));
  const auto certificates = open({.pairs = {}, .folder = folder(), .may_be_empty = true});
  ASSERT_TRUE(certificates) << problem_;
  certificates->reload();
  write_pair(folder(), "one", issue({.names = {"one.test"}}));
  certificates->reload();
  EXPECT_TRUE(certificates->find("one.test"));
}

}  // namespace
}  // namespace faasta::tls
