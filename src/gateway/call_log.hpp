#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/json_line.hpp"
#include "engine/call.hpp"
#include "gateway/secret_mask.hpp"
#include "store/log_store.hpp"

namespace faasta::gateway {

/// Receives log lines from the event loops. A thread of this object appends the lines to the log store in batches. The
/// queue is limited, and each function has a token bucket. So a function that writes much does not fill the queue, and
/// does not displace the lines of other functions. Lines that do not fit are refused, and the caller counts them as
/// lost.
class LogWriter {
 public:
  explicit LogWriter(store::LogStore& store);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  enum class What : std::uint8_t { output, platform };
  /// Queues whole lines. False if there is no room. Lines of Faasta itself have an additional small limit: up to this
  /// limit, they are accepted even if the function's bucket is empty.
  [[nodiscard]] bool push(FunctionId function, std::string_view lines, What what);
  /// Removes functions with a full bucket. A new bucket is full too, so nothing is lost.
  void drop_idle();
  /// Writes the queued lines, then ends the thread.
  void stop();

 private:
  void run();

  /// Allows 4 MiB at once, then 256 KiB per second.
  struct Bucket {
    double left = kBurstBytes;
    SteadyTime filled;
  };
  static bool take(Bucket& bucket, std::size_t bytes, What what);

  /// The thread waits this long for more lines before it writes. So a busy server writes a hundred times per second,
  /// and not once per call.
  static constexpr std::chrono::milliseconds kBatchTime{10};
  static constexpr std::size_t kBatchBytes = 256U << 10U;
  static constexpr std::size_t kQueueBytes = 16U << 20U;
  static constexpr double kBurstBytes = 4U << 20U;
  static constexpr double kOverdraftBytes = 128U << 10U;
  static constexpr double kBytesPerSecond = 256U << 10U;
  /// The caller must hold the mutex.
  void erase_refilled();

  static constexpr std::size_t kFewBuckets = 10'000;
  std::unordered_map<FunctionId, Bucket> buckets_;
  std::size_t erase_above_ = kFewBuckets;
  store::LogStore& store_;
  std::mutex mutex_;
  std::condition_variable wake_;
  store::LogStore::Batch queue_;
  std::size_t queued_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

/// The log of one call: splits the guest's output into lines and adds time, request id and version to each.
class CallLog {
 public:
  /// `mask` must live longer than this object.
  CallLog(LogWriter& writer, FunctionId function, std::uint32_t version, std::string_view request_id,
          const SecretMask& mask);

  /// Queues whole lines at once, so that readers who follow the log see them. Each text that Faasta itself writes is
  /// one line. After the first line that does not fit, all other bytes are counted as lost. They are not split into
  /// lines: splitting thousands of empty lines would delay the event loop.
  void output(engine::Stream stream, std::string_view bytes);
  /// Call it before the text of the old request id is freed. `request_id` must be equal to the old request id.
  void rename(std::string_view request_id) { request_id_ = request_id; }
  /// The values of the log entry that describes how a call ended.
  struct End {
    std::string_view method, target, outcome, detail;
    std::uint16_t status = 0;
    std::uint64_t duration_us = 0;  ///< time until the answer was complete
    std::uint64_t after_us = 0;     ///< how long the call went on after its answer
    std::uint64_t cpu_us = 0;
    std::uint64_t output_lost = 0;  ///< bytes dropped because of the call's output limit
    bool cold = false;
  };
  /// Writes the last lines even if they are unfinished, and then the entry that describes how the call ended.
  void end(const End& end);

  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  void platform(std::string_view line);
  [[nodiscard]] JsonLine entry(std::string_view kind) const;
  void shortened_text(JsonLine& out, std::string_view text) const;
  [[nodiscard]] std::size_t place_to_split(std::string_view line) const;
  bool line(std::string_view kind, std::string_view text, bool continues);
  bool push(const std::string& line, LogWriter::What what);

  static constexpr std::size_t kLineBytes = 8192;
  static constexpr std::size_t kPathBytes = 512;
  LogWriter* writer_;  // a pointer, because a log must be movable
  FunctionId function_;
  std::uint32_t version_;
  std::string_view request_id_;
  const SecretMask* mask_;
  std::string partial_[2];
  std::uint64_t lost_ = 0;
};

}  // namespace faasta::gateway
