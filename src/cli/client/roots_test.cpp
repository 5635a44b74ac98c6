#include "cli/client/roots.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

namespace faasta::cli {
namespace {

class Roots : public testing::Test {
 protected:
  Roots() { ::unsetenv("SSL_CERT_FILE"); }
  Roots(const Roots&) = delete;
  Roots& operator=(const Roots&) = delete;
  ~Roots() override {
    if (before_.empty())
      ::unsetenv("SSL_CERT_FILE");
    else
      ::setenv("SSL_CERT_FILE", before_.c_str(), 1);
  }

 private:
  std::string before_ = std::getenv("SSL_CERT_FILE") == nullptr ? "" : std::getenv("SSL_CERT_FILE");
};

TEST_F(Roots, AreTheFirstFileThatIsThere) {
  constexpr std::array kUsual = {"/nowhere/roots.pem", "/proc/self/status", "/proc/self/stat"};
  EXPECT_EQ(system_roots(kUsual), "/proc/self/status");
  EXPECT_EQ(system_roots({}), "");
}

TEST_F(Roots, AreThoseOfTheVariable) {
  constexpr std::array kUsual = {"/proc/self/status"};
  ::setenv("SSL_CERT_FILE", "/nowhere/own.pem", 1);
  EXPECT_EQ(system_roots(kUsual), "/nowhere/own.pem") << "a wrong name must be seen, and not be passed over";
  ::setenv("SSL_CERT_FILE", "", 1);
  EXPECT_EQ(system_roots(kUsual), "/proc/self/status");
}

}  // namespace
}  // namespace faasta::cli
