#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "attack/wire.hpp"
#include "base/clock.hpp"

namespace faasta::attack {

/// The requests of an attacker: what they are, on how many connections, from which addresses.
struct CrowdPlan {
  /// Makes the bytes of a request. The argument counts the requests of the crowd.
  std::function<std::string(std::uint64_t)> request;
  unsigned connections = 1;
  Client from{};
  unsigned addresses = 1;             ///< the connections come from so many addresses, beginning with `from`
  std::chrono::milliseconds pause{};  ///< the wait of a connection between an answer and its next request
  unsigned together = 1;              ///< requests that a connection sends without waiting for an answer
  std::string drip;                   ///< bytes that a connection sends each second while it waits for its answer
  int receive_buffer = 0;             ///< of the kernel, in bytes; 0: the usual one
  bool reads = true;                  ///< whether it reads answers at all
  /// If it is not 0, a connection sends its requests in this rhythm, and a late answer only delays the one after it.
  std::chrono::microseconds period{};
  bool timed = false;      ///< whether the time of each answer is kept
  bool preferred = false;  ///< whether the clients have the processor before the server, and not after it
  std::string right = {};  ///< the body of each answer with status 200; empty: any
};

/// The answers that a crowd has got.
struct Tally {
  std::map<int, std::uint64_t> by_status;
  std::uint64_t lost = 0;  ///< connections that the server closed before they had an answer, or did not take

  std::vector<double> served_ms;   ///< the times of the answers with status 200, if they are kept
  std::vector<double> refused_ms;  ///< the times of other answers
  std::uint64_t wrong = 0;         ///< answers with status 200 and another body than `right`

  [[nodiscard]] std::uint64_t answered() const;
  /// Requests that the server did not fulfil.
  [[nodiscard]] std::uint64_t refused() const;
  void add(const Tally& other);
  /// Takes away what was counted in `earlier`, an earlier tally of the same crowd.
  void subtract(const Tally& earlier);
};

/// Many connections of an attacker, on a thread of the lowest priority. Each sends a request, and the next one after
/// the answer.
class Crowd {
 public:
  Crowd(CrowdPlan plan, std::uint16_t port);
  [[nodiscard]] Tally tally() const;

 private:
  class Loop;
  void count(const Answer& answer, SteadyTime asked);
  void count_lost();

  CrowdPlan plan_;
  mutable std::mutex mutex_;
  Tally tally_;
  std::jthread thread_;  ///< the last member: it ends before the others
};

}  // namespace faasta::attack
