#include "cli/terminal/guest_stack.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

TEST(GuestStack, ShowsTheFunctionsOwnFramesByTheirNames) {
  const std::string text =
      "error while executing at wasm backtrace:\n"
      "    0:   0x7b1c - <unknown>!rust_panic\n"
      "    1:   0x7a00 - <unknown>!_RNvCsfgHYw_7___rustc17rust_begin_unwind\n"
      "    2:   0x79aa - <unknown>!_RNvNtCs1_4core9panicking9panic_fmt\n"
      "    3:   0x1111 - <unknown>!_RNvCs2_5hello6handle\n"
      "    4:   0x1000 - <unknown>!_RNCNvCs2_5hello4main0B3_\n"
      "    5:   0x0f00 - <unknown>!_RNvNtCs3_4wstd7runtime8block_on\n"
      "    6:   0x0e00 - <unknown>!wasi:http/incoming-handler@0.2.0#handle\n"
      "note: using the `WASMTIME_BACKTRACE_DETAILS=1` environment variable may show more debugging information\n"
      "\n"
      "Caused by:\n"
      "    wasm trap: wasm `unreachable` instruction executed\n";
  EXPECT_EQ(readable_failure(text),
            "wasm trap: wasm `unreachable` instruction executed\n"
            "  at hello::handle\n"
            "  at hello::main::{closure#0}\n"
            "  (5 frames of the standard library and the runtime are left out; --json has all)\n");
}

TEST(GuestStack, SaysWhatToDoWhereThereAreNoNames) {
  const std::string text =
      "error while executing at wasm backtrace:\n    0: 0x1 - <unknown>!<wasm function 964>\n    1: 0x2 - "
      "<unknown>!<wasm function 3>\n\nCaused by:\n    wasm trap: out of bounds memory access\n";
  EXPECT_EQ(readable_failure(text),
            "wasm trap: out of bounds memory access\n2 frames of functions without names; keep the names with `strip = "
            "\"debuginfo\"` in [profile.release] of Cargo.toml\n");
}

TEST(GuestStack, LeavesOtherTextsAsTheyAre) {
  EXPECT_EQ(readable_failure("the guest exited with status 3"), "the guest exited with status 3\n");
  EXPECT_EQ(readable_failure(""), "");
}

TEST(GuestStack, KnowsTheHandlerThatAMacroMakesOfMain) {
  const std::string text =
      "error while executing at wasm backtrace:\n"
      " 0: 0x1 - m!abort\n"
      " 1: 0x2 - m!core::panicking::panic_fmt\n"
      " 2: 0x3 - m!<hello::TheServer as wasip2::exports::wasi::http::incoming_handler::Guest>::handle::{closure#0}\n"
      " 3: 0x4 - m!<core::future::Ready<()> as core::future::Future>::poll\n"
      " 4: 0x5 - m!wasi:http/incoming-handler@0.2.0#handle\n";
  EXPECT_EQ(readable_failure(text),
            "  at <hello::TheServer as wasip2::exports::wasi::http::incoming_handler::Guest>::handle::{closure#0}\n"
            "  (4 frames of the standard library and the runtime are left out; --json has all)\n");
}

TEST(GuestStack, ShowsAllWhereNoneIsTheFunctionsOwn) {
  const std::string text = "error while executing at wasm backtrace:\n 0: 0x1 - m!rust_panic\n 1: 0x2 - m!_start\n";
  EXPECT_EQ(readable_failure(text), "  at rust_panic\n  at _start\n");
}

}  // namespace
}  // namespace faasta::cli
