#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "otlp/spans.hpp"

namespace faasta::otlp {

/// Sends the spans of sampled calls to a collector, from a thread of its own. A collector that is slow or away delays
/// no call: the queue is limited, and spans that do not fit are dropped and counted. Any thread may use it.
class Exporter {
 public:
  struct Options {
    std::string endpoint;             ///< the URL of the collector, without /v1/traces
    std::vector<std::string> fields;  ///< "name: value" of each request
  };
  explicit Exporter(Options options);
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;
  ~Exporter() { stop(); }

  void add(CallSpan span);
  /// Sends the spans that wait, and ends the thread. Takes at most as long as two requests may take.
  void stop();

  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kQueue = 4096;
  static constexpr std::size_t kBatch = 512;
  static constexpr std::chrono::seconds kBatchTime{5};

  void run();
  /// Sends one batch. Returns why it could not be sent; empty: it was sent.
  [[nodiscard]] std::string send(const std::string& body) const;

  const Options options_;
  const std::string url_;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::mutex mutex_;  ///< protects the members below
  std::condition_variable wake_;
  std::vector<CallSpan> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace faasta::otlp
