#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>

#include "base/text.hpp"

namespace faasta {
namespace {

constexpr std::array kCodes = {
#define FAASTA_ERROR(code, name, status, exit, title, fix) CodeInfo{#code, #name, status, exit, title, fix},
#include "error_table.inc"
#undef FAASTA_ERROR
};

template <class Predicate>
std::optional<Code> find_code(Predicate predicate) {
  const auto found = std::ranges::find_if(kCodes, predicate);
  if (found == kCodes.end()) return std::nullopt;
  return static_cast<Code>(found - kCodes.begin());
}

}  // namespace

const CodeInfo& info(Code code) noexcept { return kCodes[static_cast<std::size_t>(code)]; }

std::optional<Code> code_from_id(std::string_view id) noexcept {
  return find_code([&](const CodeInfo& c) { return same_ignoring_case(c.id, id); });
}

std::optional<Code> code_from_name(std::string_view name) noexcept {
  return find_code([&](const CodeInfo& c) { return c.name == name; });
}

std::size_t code_count() noexcept { return kCodes.size(); }

std::unexpected<Error> fail_errno(Code code, std::string_view what, int number) {
  const bool full = number == ENOSPC || number == EDQUOT;
  return fail(full ? Code::disk_full : code, std::string(what) + ": " + std::system_category().message(number));
}

}  // namespace faasta
