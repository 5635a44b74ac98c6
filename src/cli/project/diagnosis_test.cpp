#include "cli/project/diagnosis.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

using enum Finding::Level;

const SystemTime kNow = *parse_rfc3339("2026-11-29T18:00:00Z");

TEST(Diagnosis, AClockMayDifferByAMinute) {
  EXPECT_EQ(diagnose_clock("Sun, 29 Nov 2026 18:00:59 GMT", kNow).level, good);
  EXPECT_EQ(diagnose_clock("Sun, 29 Nov 2026 17:59:01 GMT", kNow).level, good);
  for (const char* const date : {"Sun, 29 Nov 2026 18:02:00 GMT", "Sun, 29 Nov 2026 17:58:00 GMT"}) {
    const Finding finding = diagnose_clock(date, kNow);
    EXPECT_EQ(finding.level, warning);
    EXPECT_EQ(finding.says, "the clock differs from the server's by 120 s");
  }
  EXPECT_EQ(diagnose_clock("", kNow).level, warning);
}

TEST(Diagnosis, ATokenThatEndsWithinAWeekIsAWarning) {
  EXPECT_EQ(diagnose_token("ada", "", kNow).says, "signed in as ada; the token does not expire");
  EXPECT_EQ(diagnose_token("ada", "2026-12-06T18:00:01Z", kNow).level, good);
  const Finding soon = diagnose_token("ada", "2026-12-06T17:59:59Z", kNow);
  EXPECT_EQ(soon.level, warning);
  EXPECT_EQ(soon.fix, "faasta login");
}

}  // namespace
}  // namespace faasta::cli
