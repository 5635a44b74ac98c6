#include "cli/terminal/log_entry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.hpp"
#include "cli/terminal/guest_stack.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

constexpr std::size_t kMostPanics = 1000;  // panics of calls that have not ended yet
constexpr std::string_view kPanicked = "panicked at ";

}  // namespace

/// Returns "GET /path 200 ok 1.2 ms, cpu 300 us, cold", and below it the reason if the call failed.
std::string LogRenderer::call_text(const boost::json::object& entry, const std::string& panic) const {
  const auto status = integer_field(entry, "status");
  const std::string outcome = printable_line(text_field(entry, "outcome"));
  const bool bad = (status && *status >= 500) || (!outcome.empty() && outcome != "ok");
  const std::string ending = (status ? std::to_string(*status) : "-") + (outcome.empty() ? "" : " " + outcome);
  std::string out = fmt::format("{} {} {}", printable_line(text_field(entry, "method")),
                                printable_line(text_field(entry, "path")), bad ? paint_.error(ending) : ending);
  if (const auto ms = number_field(entry, "duration_ms")) out += " " + human_microseconds(*ms * 1000);
  if (const auto ms = number_field(entry, "cpu_ms")) out += ", cpu " + human_microseconds(*ms * 1000);
  if (true_field(entry, "cold")) out += ", cold";
  if (const auto ms = number_field(entry, "after_ms"))
    out += ", " + human_microseconds(*ms * 1000) + " after its answer";
  if (const auto lost = integer_field(entry, "lost_bytes"); lost && *lost > 0)
    out += ", " + human_size(static_cast<std::uint64_t>(*lost)) + " of output lost";
  const std::string cause = printable(panic) + printable(readable_failure(text_field(entry, "text")));
  for (std::size_t from = 0; from < cause.size();) {
    const std::size_t end = std::min(cause.find('\n', from), cause.size());
    out += "\n    " + cause.substr(from, end - from);
    from = end + 1;
  }
  return out;
}

void LogRenderer::note_panic(const std::string& request, const std::string& line) {
  if (const std::size_t at = line.find(kPanicked); at != std::string::npos) {
    if (panics_.size() >= kMostPanics) panics_.clear();
    std::string text = line.substr(at);
    while (text.ends_with(':') || text.ends_with('\n')) text.pop_back();
    panics_[request] = {std::move(text), false};
    return;
  }
  const auto panic = panics_.find(request);
  if (panic == panics_.end() || panic->second.whole) return;
  panic->second.text += ": " + line;  // the panic's message, or its first line
  panic->second.whole = true;
}

std::string LogRenderer::call_line(const boost::json::object& entry) {
  constexpr std::size_t kDate = std::string_view("2026-11-29T").size();
  const auto panic = panics_.extract(text_field(entry, "request_id"));
  const std::string time = printable_line(text_field(entry, "time"));
  const std::string clock = time.size() > kDate ? time.substr(kDate, time.find('Z') - kDate) : time;
  return paint_.faint(clock) + " " + call_text(entry, panic.empty() ? "" : panic.mapped().text + "\n");
}

std::optional<std::string> LogRenderer::render(const boost::json::object& entry) {
  const std::string kind = printable_line(text_field(entry, "kind"));
  const std::string request = text_field(entry, "request_id");
  std::string text;
  if (kind == "call") {
    const auto panic = panics_.extract(request);
    text = call_text(entry, panic.empty() ? "" : panic.mapped().text + "\n");
  } else {
    const std::string line = text_field(entry, "text");
    if (kind == "stderr" && line.starts_with("note: run with `RUST_BACKTRACE=1`")) return std::nullopt;
    if (kind == "stderr") note_panic(request, line);
    text = printable(line);
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (true_field(entry, "continues")) text += "\xE2\x80\xA6";
  if (kind == "gap") text = render_gap(entry);
  const auto version = integer_field(entry, "version");
  const std::string head = fmt::format("{} {} {:<6}", printable_line(text_field(entry, "time")),
                                       version ? fmt::format("v{}", *version) : std::string("-"), kind);
  return paint_.faint(head) + " " + text;
}

bool is_gap(const boost::json::object& entry) { return text_field(entry, "kind") == "gap"; }

std::string render_gap(const boost::json::object& entry) {
  const auto missed = integer_field(entry, "missed_bytes").value_or(0);
  return missed > 0 ? human_size(static_cast<std::uint64_t>(missed)) + " of the log were missed"
                    : std::string("part of the log was missed");
}

}  // namespace faasta::cli
