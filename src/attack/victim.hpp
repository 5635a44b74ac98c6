#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "attack/latency.hpp"
#include "attack/wire.hpp"

namespace faasta::attack {

/// The clients of the victim's function: 50 requests each second, on 8 connections. Half of them make a new connection
/// for each request. It is an open loop: a request is due at a fixed time, and its latency counts from then, however
/// late the request before it was answered.
class Victim {
 public:
  static constexpr unsigned kConnections = 8;
  static constexpr double kRate = 50;

  Victim(std::uint16_t port, std::string host);
  /// Returns the requests that were due in [from, to), once all of them have ended.
  [[nodiscard]] std::vector<Sample> between(SteadyTime from, SteadyTime to) const;

 private:
  void ask(unsigned connection, const std::stop_token& stop);

  std::uint16_t port_;
  std::string request_;
  SteadyTime start_;
  mutable std::mutex mutex_;
  std::vector<Sample> samples_;
  std::vector<std::jthread> threads_;  ///< the last member: the threads end before the others
};

}  // namespace faasta::attack
