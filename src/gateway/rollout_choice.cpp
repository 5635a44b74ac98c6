#include "gateway/rollout_choice.hpp"

#include <random>
#include <string>

#include "base/text.hpp"

namespace faasta::gateway {
namespace {

constexpr std::uint32_t kAll = 1000;

/// FNV-1a with a final mix (of SplitMix64), because the last bits of FNV-1a depend on few bits of the text.
std::uint64_t hash(FunctionId function, std::string_view text) {
  std::uint64_t out = 0xcbf29ce484222325U ^ static_cast<std::uint64_t>(function);
  for (const char c : text) out = (out ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  out = (out ^ (out >> 30U)) * 0xbf58476d1ce4e5b9U;
  out = (out ^ (out >> 27U)) * 0x94d049bb133111ebU;
  return out ^ (out >> 31U);
}

std::uint32_t by_chance() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_int_distribution<std::uint32_t>(0, kAll - 1)(random);
}

std::string value_of(const http::Exchange& exchange, const Sticky& sticky) {
  const http::RequestHead& request = exchange.request();
  switch (sticky.by) {
    case Sticky::By::none:
      return {};
    case Sticky::By::header:
      return std::string(request.field(sticky.name).value_or(""));
    case Sticky::By::cookie:
      for (const FieldView& field : request.fields) {
        if (!same_ignoring_case(field.name, "cookie")) continue;
        if (const auto value = cookie_value(field.value, sticky.name); !value.empty()) return std::string(value);
      }
      return {};
    case Sticky::By::address:
      return std::string(exchange.client().network.key());
  }
  return {};
}

}  // namespace

std::string_view cookie_value(std::string_view field, std::string_view name) {
  while (!field.empty()) {
    std::string_view pair = trimmed(take_until(field, ';'));
    if (take_until(pair, '=') == name) return pair;
  }
  return {};
}

std::uint32_t rollout_number(const http::Exchange& exchange, FunctionId function, const Sticky& sticky) {
  const std::string value = value_of(exchange, sticky);
  return value.empty() ? by_chance() : static_cast<std::uint32_t>(hash(function, value) % kAll);
}

}  // namespace faasta::gateway
