#include "attack/victim.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace faasta::attack {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPatience{5000};
/// Not 127.0.0.1: from there come the requests that functions send to this server.
constexpr Client kFrom{7};
constexpr const char* kHello = "hello\n";

std::chrono::nanoseconds after_start(std::uint64_t request) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / Victim::kRate * static_cast<double>(request)));
}

}  // namespace

Victim::Victim(std::uint16_t port, std::string host)
    : port_(port), request_("GET / HTTP/1.1\r\nhost: " + std::move(host) + "\r\n\r\n"), start_(steady_clock::now()) {
  for (unsigned i = 0; i < kConnections; ++i)
    threads_.emplace_back([this, i](const std::stop_token& stop) { ask(i, stop); });
}

void Victim::ask(unsigned connection, const std::stop_token& stop) {
  // The clients must not be what is slow. Without the right to it, they have the usual priority.
  constexpr int kHigh = -15;
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, kHigh));
  std::optional<Wire> wire;
  const bool renews = connection % 2 == 1;
  for (std::uint64_t number = connection; !stop.stop_requested(); number += kConnections) {
    const SteadyTime due = start_ + after_start(number);
    std::this_thread::sleep_until(due);
    bool right = false;
    int status = 0;
    if (renews || !wire) {
      wire.reset();
      if (auto made = Wire::connect(port_, kFrom, kPatience)) wire = *std::move(made);
    }
    if (wire) {
      const auto answer = wire->exchange(request_, kPatience, 64);
      status = answer ? answer->status : 0;
      right = answer && answer->status == 200 && answer->body == kHello;
      if (!answer || answer->last) wire.reset();
    }
    const std::chrono::duration<double, std::milli> took = steady_clock::now() - due;
    const std::scoped_lock lock(mutex_);
    samples_.push_back({due, took.count(), right, status});
  }
}

std::vector<Sample> Victim::between(SteadyTime from, SteadyTime to) const {
  const auto due_in = [&](std::uint64_t number) { return start_ + after_start(number); };
  std::size_t expected = 0;
  for (std::uint64_t number = 0; due_in(number) < to; ++number)
    if (due_in(number) >= from) ++expected;
  const auto give_up = std::max(to, steady_clock::now()) + 4 * kPatience;
  std::vector<Sample> out;
  while (true) {
    out.clear();
    {
      const std::scoped_lock lock(mutex_);
      std::ranges::copy_if(samples_, std::back_inserter(out),
                           [&](const Sample& sample) { return sample.due >= from && sample.due < to; });
    }
    if (out.size() >= expected || steady_clock::now() > give_up) return out;
    std::this_thread::sleep_for(milliseconds(10));
  }
}

}  // namespace faasta::attack
