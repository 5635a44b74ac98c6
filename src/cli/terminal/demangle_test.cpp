#include "cli/terminal/demangle.hpp"

#include <gtest/gtest.h>

namespace faasta::cli {
namespace {

TEST(Demangle, RustV0) {
  const struct {
    const char* symbol;
    const char* name;
  } kCases[] = {
      {"_RNvC7mycrate3foo", "mycrate::foo"},
      {"_RNvCs1234_7mycrate3foo", "mycrate::foo"},
      {"_RNvCsfgHYw_7___rustc17rust_begin_unwind", "__rustc::rust_begin_unwind"},
      {"_RNCNvC7mycrate4main0", "mycrate::main::{closure#0}"},
      {"_RNCNvC7mycrate4mains_0", "mycrate::main::{closure#1}"},
      {"_RNCNCNvC7mycrate4main00", "mycrate::main::{closure#0}::{closure#0}"},
      {"_RNvMC7mycrateNtB2_3Foo3new", "<mycrate::Foo>::new"},
      {"_RNvXC7mycrateNtB2_3FooNtNtC4core3fmt7Display3fmt", "<mycrate::Foo as core::fmt::Display>::fmt"},
      {"_RINvC7mycrate3maphtE", "mycrate::map::<u8, u16>"},
      {"_RINvNtC4core9panicking5panicRShE", "core::panicking::panic::<&[u8]>"},
      {"_RINvC7mycrate1fAhj4_E", "mycrate::f::<[u8; 4]>"},
      {"_RINvC7mycrate1fTlmEE", "mycrate::f::<(i32, u32)>"},
      {"_RINvC7mycrate1fFhEuE", "mycrate::f::<fn(u8)>"},
      {"_RINvC7mycrate1fDNtC4core4SendEL_E", "mycrate::f::<dyn core::Send>"},
      {"_RNvC7mycrate3foo.llvm.123", "mycrate::foo"},
      {"_RINvC3std3runuEC7mycrate", "std::run::<()>"},
  };
  for (const auto& one : kCases) EXPECT_EQ(demangled(one.symbol), one.name) << one.symbol;
}

TEST(Demangle, RustLegacyAndCpp) {
  EXPECT_EQ(demangled("_ZN4core9panicking9panic_fmt17h0123456789abcdefE"), "core::panicking::panic_fmt");
  EXPECT_EQ(demangled("_ZN51_$LT$mycrate..Foo$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE"),
            "<mycrate::Foo as core::fmt::Display>::fmt");
  EXPECT_EQ(demangled("_ZN3foo3barEv"), "foo::bar()");
  EXPECT_EQ(demangled("_Z3fooi"), "foo(int)");
}

TEST(Demangle, LeavesWhatIsNoSymbol) {
  for (const char* text :
       {"", "main", "_R", "_RX", "_RNv", "_RNvC7mycrate", "_RNvC99999999999999mycrate3foo", "_RNvB_3foo", "_RIB_E",
        "_ZN", "_ZN4core", "_ZN9999fooE", "handle", "<wasm function 964>", "_R0NvC1a1b"})
    EXPECT_EQ(demangled(text), text);
}

TEST(Demangle, IsBoundedWhateverTheSymbolIs) {
  std::string deep = "_RNvC1a1b";
  deep.insert(2, std::string(3000, 'Y'));
  EXPECT_EQ(demangled(deep), deep);
  EXPECT_EQ(demangled("_R" + std::string(5000, 'N')), "_R" + std::string(5000, 'N'));
  // Each level contains the previous level twice.
  std::string doubling = "_RINvC1a1fThhE";
  for (int i = 0; i < 40; ++i) doubling += "TB8_B8_E";
  EXPECT_LT(demangled(doubling + "E").size(), 9000U);
}

}  // namespace
}  // namespace faasta::cli
