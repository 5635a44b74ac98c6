#include "base/shell_quote.hpp"

#include <gtest/gtest.h>

namespace faasta {
namespace {

TEST(ShellQuote, QuotesWhatAShellWouldChange) {
  EXPECT_EQ(shell_quoted("/var/lib/faasta/owner.token"), "/var/lib/faasta/owner.token");
  EXPECT_EQ(shell_quoted("/srv/my data/owner.token"), "'/srv/my data/owner.token'");
  EXPECT_EQ(shell_quoted("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(shell_quoted(""), "''");
}

}  // namespace
}  // namespace faasta
