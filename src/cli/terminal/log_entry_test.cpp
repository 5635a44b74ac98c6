#include "cli/terminal/log_entry.hpp"

#include <gtest/gtest.h>

#include "cli/terminal/json.hpp"

namespace faasta::cli {
namespace {

std::string rendered(std::string_view entry) {
  return LogRenderer(Paint(false)).render(*parse_object(entry)).value_or("nothing");
}

TEST(LogEntry, ShowsWhatTheGuestWroteWithoutItsEscapeSequences) {
  EXPECT_EQ(rendered(R"({"time":"2026-01-01T00:00:00Z","version":3,"kind":"stdout","text":"hi \u001b[31mred\n"})"),
            "2026-01-01T00:00:00Z v3 stdout hi red");
}

TEST(LogEntry, ShowsHowACallEnded) {
  EXPECT_EQ(
      rendered(
          R"({"time":"T","version":3,"kind":"call","method":"GET","path":"/a","status":500,)"
          R"("outcome":"guest_trap","duration_ms":1.25,"cpu_ms":0.3,"cold":true,"text":"unreachable\nat main\n"})"),
      "T v3 call   GET /a 500 guest_trap 1.2 ms, cpu 300 us, cold\n    unreachable\n    at main");
}

TEST(LogEntry, ShowsThePanicWithItsCallAndNoAdviceThatCannotBeTaken) {
  LogRenderer renderer{Paint(false)};
  const auto line = [&](const std::string& request, const std::string& text) {
    return renderer.render({{"kind", "stderr"}, {"request_id", request}, {"text", text}});
  };
  EXPECT_TRUE(line("a", "thread 'main' (1) panicked at src/main.rs:47:9:"));
  EXPECT_TRUE(line("b", "another call in between"));
  EXPECT_TRUE(line("a", "no such user"));
  EXPECT_FALSE(line("a", "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"));
  const auto call = [&](const std::string& request) {
    return renderer.render({{"kind", "call"},
                            {"request_id", request},
                            {"method", "GET"},
                            {"path", "/"},
                            {"status", 500},
                            {"outcome", "guest_trap"},
                            {"text", "Caused by:\n    wasm trap: wasm `unreachable` instruction executed"}});
  };
  EXPECT_EQ(*call("a"),
            " - call   GET / 500 guest_trap\n    panicked at src/main.rs:47:9: no such user\n    wasm trap: wasm "
            "`unreachable` "
            "instruction executed");
  EXPECT_EQ(*call("b"), " - call   GET / 500 guest_trap\n    wasm trap: wasm `unreachable` instruction executed");
}

TEST(LogEntry, ShowsWorkAfterTheAnswerAndWhatWasLost) {
  EXPECT_EQ(rendered(R"({"time":"T","version":3,"kind":"call","method":"GET","path":"/a","status":200,)"
                     R"("outcome":"ok","duration_ms":1.25,"after_ms":2000,"lost_bytes":2048})"),
            "T v3 call   GET /a 200 ok 1.2 ms, 2.0 s after its answer, 2.0 KiB of output lost");
}

TEST(LogEntry, ShowsThatALineGoesOn) {
  EXPECT_EQ(rendered(R"({"time":"T","version":3,"kind":"stdout","text":"abc","continues":true})"),
            "T v3 stdout abc\xE2\x80\xA6");
}

TEST(LogEntry, SaysHowMuchWasMissed) {
  const auto gap = parse_object(R"({"kind":"gap","missed_bytes":2048})");
  EXPECT_TRUE(is_gap(*gap));
  EXPECT_EQ(render_gap(*gap), "2.0 KiB of the log were missed");
}

}  // namespace
}  // namespace faasta::cli
