#include "base/trace_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/sha256.hpp"

namespace faasta {
namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;
constexpr std::string_view kSampled = "01";

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) { return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos; }

/// Reads VERSION-TRACE-SPAN-FLAGS. A later version may have more after the flags.
bool read(std::string_view given, TraceContext& out) {
  constexpr std::size_t kTrace = 3;
  constexpr std::size_t kSpan = kTrace + kTraceDigits + 1;
  constexpr std::size_t kFlags = kSpan + kSpanDigits + 1;
  constexpr std::size_t kSize = kFlags + 2;
  if (given.size() < kSize || given[2] != '-' || given[kSpan - 1] != '-' || given[kFlags - 1] != '-') return false;
  const std::string_view version = given.substr(0, 2);
  if (!is_hex(version) || version == "ff") return false;
  if (given.size() > kSize && (version == "00" || given[kSize] != '-')) return false;
  const std::string_view trace = given.substr(kTrace, kTraceDigits);
  const std::string_view parent = given.substr(kSpan, kSpanDigits);
  const std::string_view flags = given.substr(kFlags, 2);
  if (!is_id(trace) || !is_id(parent) || !is_hex(flags)) return false;
  out.trace_id = trace;
  out.parent_id = parent;
  const char low = flags[1];
  out.sampled = ((low <= '9' ? low - '0' : low - 'a' + 10) & 1) != 0;
  return true;
}

/// A random number from 0 to 1. It decides which traces are sampled, so it need not be unpredictable.
double chance() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<double>()(random);
}

}  // namespace

std::string new_span_id() { return unique_hex().substr(0, kSpanDigits); }

TraceContext TraceContext::begin(std::string_view given, double share) {
  TraceContext out;
  if (!read(given, out)) {
    out = {};
    out.trace_id = unique_hex() + unique_hex();
    out.sampled = chance() < share;
  }
  out.span_id = new_span_id();
  return out;
}

std::string TraceContext::text() const {
  return fmt::format("00-{}-{}-{}", trace_id, span_id, sampled ? kSampled : "00");
}

}  // namespace faasta
