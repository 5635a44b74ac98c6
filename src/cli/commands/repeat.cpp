#include "cli/commands/repeat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>
#include <chrono>
#include <mutex>
#include <thread>

#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

double us_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

/// Sends one request and throws the body away.
HttpResult<HttpHead> send_once(const HttpRequest& request) {
  HttpReceiver receiver;
  receiver.head = [](const HttpHead&) { return true; };
  receiver.body = [](std::string_view) { return true; };
  return send(request, receiver);
}

boost::json::object as_json(const Repeated& repeated) {
  boost::json::object statuses;
  for (const auto& [status, count] : repeated.statuses) statuses[std::to_string(status)] = count;
  constexpr double kMillisecond = 1000;
  boost::json::object out{{"requests", repeated.us.size() + repeated.failures},
                          {"failures", repeated.failures},
                          {"statuses", std::move(statuses)},
                          {"duration_ms", repeated.all_us / kMillisecond}};
  for (const auto& [name, share] : {std::pair{"p50_ms", 0.5}, {"p90_ms", 0.9}, {"p99_ms", 0.99}, {"longest_ms", 1.0}})
    out[name] = repeated.quantile(share) / kMillisecond;
  return out;
}

}  // namespace

double Repeated::quantile(double share) const {
  if (us.empty()) return 0;
  return us[std::min(us.size() - 1, static_cast<std::size_t>(share * static_cast<double>(us.size())))];
}

Repeated repeat(const HttpRequest& request, std::uint64_t times, std::uint64_t at_once) {
  Repeated out;
  std::mutex mutex;
  std::atomic<std::uint64_t> begun{0};
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < std::min(times, at_once); ++i) {
      threads.emplace_back([&] {
        while (begun.fetch_add(1) < times && !interrupted()) {
          const auto began = std::chrono::steady_clock::now();
          const auto head = send_once(request);
          const double us = us_since(began);
          const std::scoped_lock lock(mutex);
          if (head) {
            out.us.push_back(us);
            ++out.statuses[head->status];
          } else if (out.failures++ == 0) {
            out.failure = head.error().detail;
          }
        }
      });
    }
  }
  out.all_us = us_since(start);
  std::ranges::sort(out.us);
  return out;
}

void show(Output& output, const Repeated& repeated) {
  if (output.json()) return output.object(as_json(repeated));
  const auto time = [&repeated](double share) { return human_microseconds(repeated.quantile(share)); };
  std::string statuses;
  for (const auto& [status, count] : repeated.statuses)
    statuses += fmt::format("  {} times status {}\n", count, status);
  if (repeated.failures > 0)
    statuses += fmt::format("  {} without an answer: {}\n", repeated.failures, repeated.failure);
  output.line(fmt::format("{} requests in {}; p50 {}, p90 {}, p99 {}, longest {}",
                          repeated.us.size() + repeated.failures, human_microseconds(repeated.all_us), time(0.5),
                          time(0.9), time(0.99), time(1)));  // NOLINT(readability-magic-numbers): as their names say
  if (!statuses.empty()) statuses.pop_back();
  if (!statuses.empty()) output.line(statuses);
}

}  // namespace faasta::cli
