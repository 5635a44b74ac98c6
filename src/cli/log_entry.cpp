#include "cli/log_entry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.hpp"
#include "cli/json.hpp"
#include "cli/units.hpp"

namespace faasta::cli {
namespace {

/// "GET /path 200 ok 1.2 ms, cpu 300 us, cold".
std::string call_text(const boost::json::object& entry, Paint paint) {
  const auto status = integer_field(entry, "status");
  const std::string outcome = printable_line(text_field(entry, "outcome"));
  const bool bad = (status && *status >= 500) || (!outcome.empty() && outcome != "ok");
  const std::string ending = (status ? std::to_string(*status) : "-") + (outcome.empty() ? "" : " " + outcome);
  std::string out = fmt::format("{} {} {}", printable_line(text_field(entry, "method")),
                                printable_line(text_field(entry, "path")), bad ? paint.error(ending) : ending);
  if (const auto ms = number_field(entry, "duration_ms")) out += " " + human_microseconds(*ms * 1000);
  if (const auto ms = number_field(entry, "cpu_ms")) out += ", cpu " + human_microseconds(*ms * 1000);
  if (true_field(entry, "cold")) out += ", cold";
  if (const auto ms = number_field(entry, "after_ms"))
    out += ", " + human_microseconds(*ms * 1000) + " after its answer";
  if (const auto lost = integer_field(entry, "lost_bytes"); lost && *lost > 0)
    out += ", " + human_size(static_cast<std::uint64_t>(*lost)) + " of output lost";
  const std::string cause =
      printable(text_field(entry, "text"));  // of a call that failed: the trap and the guest's stack
  for (std::size_t from = 0; from < cause.size();) {
    const std::size_t end = std::min(cause.find('\n', from), cause.size());
    out += "\n    " + cause.substr(from, end - from);
    from = end + 1;
  }
  return out;
}

}  // namespace

bool is_gap(const boost::json::object& entry) { return text_field(entry, "kind") == "gap"; }

std::string render_gap(const boost::json::object& entry) {
  const auto missed = integer_field(entry, "missed_bytes").value_or(0);
  return missed > 0 ? human_size(static_cast<std::uint64_t>(missed)) + " of the log were missed"
                    : std::string("part of the log was missed");
}

std::string render_entry(const boost::json::object& entry, Paint paint) {
  const std::string kind = printable_line(text_field(entry, "kind"));
  std::string text = kind == "call" ? call_text(entry, paint) : printable(text_field(entry, "text"));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (true_field(entry, "continues")) text += "\xE2\x80\xA6";
  if (kind == "gap") text = render_gap(entry);
  const auto version = integer_field(entry, "version");
  const std::string head = fmt::format("{} {} {:<6}", printable_line(text_field(entry, "time")),
                                       version ? fmt::format("v{}", *version) : std::string("-"), kind);
  return paint.faint(head) + " " + text;
}

}  // namespace faasta::cli
