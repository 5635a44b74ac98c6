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
#include "store/log_store.hpp"

namespace faasta::gateway {

/// Takes log lines from the event loops and appends them to the log store on a thread of its own, in batches. Bounded
/// in all, and for each function by a bucket, so that a chatty one neither fills the disk's queue nor hides the others:
/// what does not fit is refused, and the caller counts it as lost.
class LogWriter {
 public:
  explicit LogWriter(store::LogStore& store);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  enum class What : std::uint8_t { output, platform };
  /// Whole lines. False if there is no room. What the platform says of a call may overdraw the function's bucket a
  /// little, so that it is not hidden by what the guest wrote.
  [[nodiscard]] bool push(FunctionId function, std::string_view lines, What what);
  /// Forgets the functions that logged nothing for long.
  void drop_idle();
  /// Writes what is queued, then stops.
  void stop();

 private:
  void run();

  /// Four MiB at once, then 256 KiB a second.
  struct Bucket {
    double left = kBurstBytes;
    SteadyTime filled;
  };
  static bool take(Bucket& bucket, std::size_t bytes, What what);

  /// Lines wait this long for others, so that a busy server writes a hundred times a second and not for every call.
  static constexpr std::chrono::milliseconds kBatchTime{10};
  static constexpr std::size_t kBatchBytes = 256U << 10U;
  static constexpr std::size_t kQueueBytes = 16U << 20U;
  static constexpr double kBurstBytes = 4U << 20U;
  static constexpr double kOverdraftBytes = 128U << 10U;
  static constexpr double kBytesPerSecond = 256U << 10U;
  /// Under the mutex.
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

/// The log of one call: cuts what the guest wrote into lines and stamps each with time, request and version.
class CallLog {
 public:
  CallLog(LogWriter& writer, FunctionId function, std::uint32_t version, std::string_view request_id);

  /// Whole lines are passed on at once, so that followers see them; the platform's bytes are one line. What comes after
  /// a line that there was no room for is lost without a look: thousands of empty lines must not cost the event loop
  /// more.
  void output(engine::Stream stream, std::string_view bytes);
  /// The text that the request id lies in ends: `request_id` has the same.
  void rename(std::string_view request_id) { request_id_ = request_id; }
  /// The rest of unfinished lines, then the entry that says how the call ended.
  struct End {
    std::string_view method, target, outcome, detail;
    std::uint16_t status = 0;
    std::uint64_t duration_us = 0;  ///< until the answer was complete
    std::uint64_t after_us = 0;     ///< that the call went on after its answer
    std::uint64_t cpu_us = 0;
    std::uint64_t output_lost = 0;  ///< bytes over the call's limit of output
    bool cold = false;
  };
  void end(const End& end);

  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  void platform(std::string_view line);
  [[nodiscard]] JsonLine entry(std::string_view kind) const;
  bool line(std::string_view kind, std::string_view text, bool continues);
  bool push(const std::string& line, LogWriter::What what);

  static constexpr std::size_t kLineBytes = 8192;
  static constexpr std::size_t kPathBytes = 512;
  LogWriter* writer_;  // not a reference: a log can be moved
  FunctionId function_;
  std::uint32_t version_;
  std::string_view request_id_;
  std::string partial_[2];
  std::uint64_t lost_ = 0;
};

}  // namespace faasta::gateway
