#include "http/request.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace faasta::http {
namespace {

constexpr std::array<bool, 256> token_table() {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}

constexpr std::array<bool, 256> kTokenCharacters = token_table();

}  // namespace

std::optional<std::string_view> RequestHead::field(std::string_view name) const {
  const auto found = std::ranges::find_if(fields, [&](const FieldView& f) { return same_ignoring_case(f.name, name); });
  if (found == fields.end()) return std::nullopt;
  return found->value;
}

void RequestHead::set_host(std::string_view authority) {
  host = authority;
  const auto found =
      std::ranges::find_if(fields, [](const FieldView& f) { return same_ignoring_case(f.name, "host"); });
  if (found == fields.end()) {
    fields.push_back({"host", authority});
  } else {
    found->value = authority;
  }
}

bool is_hop_by_hop(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 8> kNames = {
      "connection",          "keep-alive", "proxy-connection",  "proxy-authenticate",
      "proxy-authorization", "te",         "transfer-encoding", "upgrade"};
  return std::ranges::any_of(kNames, [&](std::string_view n) { return same_ignoring_case(n, name); });
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return kTokenCharacters[static_cast<unsigned char>(c)]; });
}

bool is_request_id(std::string_view text) noexcept {
  const auto good = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, good);
}

bool is_field_value(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20U && byte != 0x7fU);
  });
}

}  // namespace faasta::http
