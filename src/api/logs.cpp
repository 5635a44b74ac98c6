#include "api/logs.hpp"

#include <fmt/format.h>

#include <charconv>
#include <functional>

#include "api/answer.hpp"
#include "api/log_filter.hpp"
#include "api/query.hpp"
#include "api/until.hpp"
#include "base/limits.hpp"
#include "base/propagate.hpp"

namespace faasta::api {
namespace {

constexpr std::size_t kPageBytes = 256U << 10U;
constexpr std::size_t kTail = 100;
/// A stream without lines sends some bytes once in this time. The time must be shorter than the idle timeout of most
/// proxies.
constexpr std::chrono::seconds kHeartbeat{15};
/// A stream checks for new lines at most once in this time. Each check queries the catalog and the log database, on
/// threads that all readers share.
constexpr std::chrono::milliseconds kBetweenLooks{200};
/// The most streams of one owner at a time, and the most reads of one owner at a time. Reads are limited because their
/// pages wait in memory for the client.
constexpr std::uint32_t kReadersPerOwner = 32;
/// The time limit for a read, which returns at most 1 MiB.
constexpr std::chrono::minutes kMostRead{2};
constexpr std::chrono::seconds kRetry{5};

Result<std::uint64_t> parse_cursor(std::string_view text) {
  std::uint64_t place = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), place);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return fail(Code::bad_request, "the cursor is not one of this server's");
  return place;
}

/// Whether a line is older than `time`. Each line begins with its time, which the server wrote: `{"time":"2026-...Z",`.
/// Times in RFC 3339 in UTC sort as text.
bool is_before(std::string_view line, std::string_view time) {
  constexpr std::string_view kStart = R"({"time":")";
  return line.starts_with(kStart) && line.substr(kStart.size(), time.size()) < time;
}

std::string with_cursor(std::string_view line, std::uint64_t cursor) {
  return "{\"cursor\":\"" + std::to_string(cursor) + "\"," + std::string(line.substr(1));
}

/// Makes the entry that takes the place of bytes that were dropped before the client read them.
std::string gap(std::uint64_t missed, std::uint64_t cursor) {
  json::object entry{
      {"cursor", std::to_string(cursor)}, {"time", rfc3339(system_now())}, {"kind", "gap"}, {"missed_bytes", missed}};
  return json::serialize(entry);
}

std::vector<std::string_view> known_parameters() {
  std::vector<std::string_view> out{"tail", "since", "cursor"};
  out.insert(out.end(), std::begin(LogFilter::kParameters), std::end(LogFilter::kParameters));
  return out;
}

/// While this object exists, the follower is registered.
class Following {
 public:
  Following(store::LogStore& logs, FunctionId function, WakeRef<> waker)
      : logs_(logs), function_(function), waker_(std::move(waker)) {
    logs_.follow(function_, waker_);
  }
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;
  ~Following() { logs_.unfollow(function_, waker_); }

 private:
  store::LogStore& logs_;
  FunctionId function_;
  WakeRef<> waker_;
};

}  // namespace

/// The settings of one reader: where it begins, which lines it skips, and in which form it gets the lines.
struct LogsApi::Reading {
  std::uint64_t from = 0;
  std::string since;
  bool events = false;
  LogFilter filter;
  SteadyTime silent_since = std::chrono::steady_clock::now();  ///< when the last bytes were written

  void write_entry(http::Exchange& exchange, std::string_view entry, std::uint64_t cursor) const {
    if (!events) return exchange.data(std::string(entry) + "\n");
    exchange.data("id: " + std::to_string(cursor) + "\ndata: " + std::string(entry) + "\n\n");
  }
  void write_page(http::Exchange& exchange, const store::LogPage& page) const {
    if (page.missed > 0) {
      const std::uint64_t place = from + page.missed;
      write_entry(exchange, gap(page.missed, place), place);
    }
    for (std::size_t i = 0; i < page.lines.size(); ++i) {
      if (!since.empty() && is_before(page.lines[i], since)) continue;
      write_entry(exchange, with_cursor(page.lines[i], page.cursors[i]), page.cursors[i]);
    }
  }
  /// A stream that writes nothing may end at a proxy. The id tells the client how far it has come, although the filter
  /// left all entries out. So the client misses nothing when it connects again.
  void write_sign_of_life(http::Exchange& exchange) {
    exchange.data("id: " + std::to_string(from) + "\n: still here\n\n");
    silent_since = std::chrono::steady_clock::now();
  }
};

std::vector<Endpoint> LogsApi::endpoints() {
  return {{"GET", "/v1/functions/{name}/logs", Access::read_function, std::bind_front(&LogsApi::logs, this)}};
}

Answer LogsApi::logs(Request& request) {
  CO_ASSIGN_OR_RETURN(const FunctionName name, known_name(request));
  CO_ASSIGN_OR_RETURN(const auto query, Query::parse_named(request.query, known_parameters(), LogFilter::kRepeatable));
  CO_ASSIGN_OR_RETURN(const FunctionId function, co_await find(request, name));
  const auto accept = request.exchange.request().field("accept");
  const bool events = accept && accept->find("text/event-stream") != std::string_view::npos;
  // Before the search for the beginning, because with a filter the search costs more than a page.
  const auto place = (events ? streams_ : reads_).enter(request.actor.owner, kReadersPerOwner);
  if (!place)
    co_return fail_for_now(Code::too_many_requests,
                           fmt::format("{} log {} of yours are open", kReadersPerOwner, events ? "streams" : "reads"),
                           kRetry);
  CO_ASSIGN_OR_RETURN(Reading reading, co_await begin(request, query, function));
  reading.events = events;
  http::Exchange& exchange = request.exchange;
  if (!reading.events) exchange.set_deadline(std::chrono::steady_clock::now() + kMostRead);
  const FieldView fields[] = {{"content-type", reading.events ? "text/event-stream" : "application/x-ndjson"},
                              {"cache-control", "no-store"},
                              {"cross-origin-resource-policy", "same-origin"},  // the dashboard answers it to a cookie
                              kApiField};
  exchange.head(200, fields);
  if (exchange.request().method != "HEAD")
    CO_RETURN_IF_ERROR(co_await tell(request, name, function, std::move(reading)));
  exchange.finish({});
  co_return Result<>{};
}

Task<Result<FunctionId>> LogsApi::find(const Request& request, const FunctionName& name) {
  auto ask = [this, owner = request.actor.owner, &name]() -> Result<FunctionId> {
    ASSIGN_OR_RETURN(const auto found, parts_.catalog.function(owner, name));
    return found.id;
  };
  Result<FunctionId> function = co_await on(reading_, ask);
  co_return function;
}

/// Finds the place where the reader begins.
Task<Result<LogsApi::Reading>> LogsApi::begin(const Request& request, const Query& query, FunctionId function) {
  const http::RequestHead& head = request.exchange.request();
  Reading reading;
  CO_ASSIGN_OR_RETURN(const auto tail, query.number("tail", 0, kMostLogTail));
  CO_ASSIGN_OR_RETURN(reading.filter, LogFilter::parse(query));
  if (const auto since = query.find("since")) {
    const auto time = parse_rfc3339(*since);
    if (!time) co_return fail(Code::bad_request, "'since' is not a time like 2026-11-24T07:00:00Z");
    reading.since = rfc3339(*time);
  }
  const auto last_id = head.field("last-event-id");
  if (const auto cursor = last_id ? last_id : query.find("cursor")) {
    CO_ASSIGN_OR_RETURN(reading.from, parse_cursor(*cursor));
    co_return reading;
  }
  // With `since` and no `tail`, all stored lines are searched.
  const auto lines = static_cast<std::size_t>(tail.value_or(reading.since.empty() ? kTail : kMostLogTail));
  auto look = [&] {
    if (reading.filter.empty()) return parts_.logs.tail(function, lines);
    return parts_.logs.tail(function, lines, [&](std::string_view line) { return reading.filter.passes(line); });
  };
  CO_ASSIGN_OR_RETURN(reading.from, co_await on(reading_, look));
  co_return reading;
}

/// Writes the existing lines. For an event stream, then writes new lines when they arrive.
Answer LogsApi::tell(Request& request, const FunctionName& name, FunctionId function, Reading reading) {
  http::Exchange& exchange = request.exchange;
  const Following following(parts_.logs, function, exchange.waker());
  for (;;) {
    auto work = [&] { return read(request.actor, name, function, reading); };
    const SteadyTime next_look = std::chrono::steady_clock::now() + kBetweenLooks;
    const auto page = co_await on(reading_, work);
    if (!page && page.error().code != Code::not_signed_in && page.error().code != Code::function_not_found)
      co_return std::unexpected(page.error());
    if (!page) co_return Result<>{};
    reading.write_page(exchange, *page);
    if (!page->lines.empty() || page->missed > 0) reading.silent_since = std::chrono::steady_clock::now();
    const bool more = page->next - reading.from >= kPageBytes;
    reading.from = page->next;
    // If the remaining lines cannot be sent, the answer must not look complete.
    const bool taken = co_await exchange.flush();
    if (!taken) co_return fail(Code::http_timeout, "the client did not take the log in time");
    if (more) continue;
    if (!reading.events || exchange.draining()) co_return Result<>{};
    exchange.set_deadline(reading.silent_since + kHeartbeat);
    co_await exchange.wait();
    if (exchange.deadline_passed() || std::chrono::steady_clock::now() - reading.silent_since >= kHeartbeat)
      reading.write_sign_of_life(exchange);
    co_await until(exchange, next_look);
    if (exchange.client_gone()) co_return Result<>{};
    exchange.set_deadline(SteadyTime::max());
  }
}

/// Reads a page. Checks the token and the function's owner for each page, because a stream can last for days.
Result<store::LogPage> LogsApi::read(const Actor& actor, const FunctionName& name, FunctionId function,
                                     const Reading& reading) {
  RETURN_IF_ERROR(parts_.accounts.check(actor));
  const auto still = parts_.catalog.function(actor.owner, name);
  if (!still || still->id != function) return fail(Code::function_not_found);
  ASSIGN_OR_RETURN(auto page, parts_.logs.read(function, reading.from, kPageBytes));
  if (reading.filter.empty()) return page;
  // Here, and not on the event loop, because each line is parsed.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < page.lines.size(); ++i) {
    if (!reading.filter.passes(page.lines[i])) continue;
    if (kept != i) page.lines[kept] = std::move(page.lines[i]);
    page.cursors[kept++] = page.cursors[i];
  }
  page.lines.resize(kept);
  page.cursors.resize(kept);
  return page;
}

}  // namespace faasta::api
