#include "api/log_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta::api {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"stdout", "stderr", "platform", "call"};
/// Outcomes of calls that did not fail, or that failed because of the client (docs/cli.md).
constexpr std::array<std::string_view, 4> kNoFailures = {"ok", "client_gone", "client_slow", "body_broken"};
constexpr std::size_t kLongestPattern = Glob::kLongest;
constexpr std::int64_t kMost = 1'000'000'000;

bool has(const auto& all, std::string_view one) { return std::ranges::find(all, one) != std::ranges::end(all); }

std::string_view text_of(const json::object& entry, std::string_view key) {
  const auto* const value = entry.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::optional<std::int64_t> number_of(const json::object& entry, std::string_view key) {
  const auto* const value = entry.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<std::string> text_in(const Query& query, std::string_view name) {
  const auto found = query.find(name);
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<LogFilter> LogFilter::parse(const Query& query) {
  LogFilter out;
  for (const std::string& text : query.all("status")) {
    // "404" is one status, "5xx" are a hundred.
    const bool whole = text.size() == 3 && std::ranges::all_of(text, is_digit);
    const bool group = text.size() == 3 && is_digit(text[0]) && text.substr(1) == "xx";
    if (!whole && !group) return fail(Code::bad_request, "'status' is not like 404 or 5xx");
    const std::int64_t least = whole ? std::stoi(text) : (text[0] - '0') * 100;
    out.statuses_.push_back({least, whole ? least : least + 99});
  }
  out.methods_ = query.all("method");
  out.kinds_ = query.all("kind");
  for (const std::string& kind : out.kinds_)
    if (!has(kKinds, kind)) return fail(Code::bad_request, "'kind' is not one of stdout, stderr, platform, call");
  const auto path = text_in(query, "path");
  out.request_ = text_in(query, "request");
  out.text_ = text_in(query, "text");
  out.trap_ = text_in(query, "trap");
  for (const auto& [name, text] : {std::pair<std::string_view, const std::optional<std::string>*>("path", &path),
                                   {"request", &out.request_},
                                   {"text", &out.text_},
                                   {"trap", &out.trap_}})
    if (*text && (*text)->size() > kLongestPattern)
      return fail(Code::bad_request, fmt::format("'{}' has more than {} bytes", name, kLongestPattern));
  if (path) out.path_.emplace(*path);
  ASSIGN_OR_RETURN(out.version_, query.number("version", 1, kMost));
  ASSIGN_OR_RETURN(out.slower_ms_, query.number("slower_ms", 0, kMost));
  if (const auto cold = query.find("cold")) {
    if (*cold != "true" && *cold != "false") return fail(Code::bad_request, "'cold' is neither true nor false");
    out.cold_ = *cold == "true";
  }
  const auto is_given = [&](std::string_view name) { return query.find(name).has_value(); };
  out.empty_ = std::ranges::none_of(kParameters, is_given);
  return out;
}

bool LogFilter::passes(std::string_view line) const {
  if (empty_) return true;
  const auto entry = parse_object(line);
  if (!entry) return false;
  if (!kinds_.empty() && !has(kinds_, text_of(*entry, "kind"))) return false;
  if (request_ && text_of(*entry, "request_id") != *request_) return false;
  if (version_ && number_of(*entry, "version") != *version_) return false;
  if (text_ && !text_of(*entry, "text").contains(*text_)) return false;
  return passes_as_call(*entry);
}

bool LogFilter::passes_as_call(const json::object& entry) const {
  const bool about_calls = !statuses_.empty() || !methods_.empty() || path_ || trap_ || cold_ || slower_ms_;
  if (!about_calls) return true;
  if (text_of(entry, "kind") != "call") return false;
  const std::int64_t status = number_of(entry, "status").value_or(0);
  const auto is_in = [status](const Statuses& some) { return some.least <= status && status <= some.most; };
  if (!statuses_.empty() && std::ranges::none_of(statuses_, is_in)) return false;
  if (!methods_.empty() && !has(methods_, text_of(entry, "method"))) return false;
  std::string_view target = text_of(entry, "path");
  if (path_ && !path_->matches(take_until(target, "?"))) return false;
  const std::string_view outcome = text_of(entry, "outcome");
  if (trap_ && (*trap_ == "any" ? has(kNoFailures, outcome) : outcome != *trap_)) return false;
  if (cold_) {
    const auto* const cold = entry.if_contains("cold");
    if (cold == nullptr || !cold->is_bool() || cold->get_bool() != *cold_) return false;
  }
  if (slower_ms_) {
    const auto* const took = entry.if_contains("duration_ms");
    if (took == nullptr || !took->is_number() || took->to_number<double>() <= static_cast<double>(*slower_ms_))
      return false;
  }
  return true;
}

}  // namespace faasta::api
