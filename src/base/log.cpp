#include "base/log.hpp"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/thread_scheduling.hpp"

namespace faasta::log {
namespace {

constexpr std::size_t kQueueBytes = 8U << 20U;
/// A line waits this long for other lines, so that several lines are written at once.
constexpr std::chrono::milliseconds kBatchTime{10};
constexpr std::size_t kBatchBytes = 256U << 10U;

class Writer {
 public:
  Writer() = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { stop(); }

  void start(Level least) {
    least_ = least;
    const std::scoped_lock lock(mutex_);
    if (std::exchange(collects_, true)) return;
    thread_ = std::thread([this] { run(); });
  }

  void stop() noexcept {
    {
      const std::scoped_lock lock(mutex_);
      collects_ = false;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] bool wants(Level level) const { return level >= least_; }

  void push(std::string_view line) {
    bool due = false;
    {
      const std::scoped_lock lock(mutex_);
      if (collects_) {
        if (queue_.size() + line.size() > kQueueBytes) {
          ++dropped_;
          return;
        }
        // The writer sleeps until there is a line, and then until a batch is full or kBatchTime is over.
        due = queue_.empty() || (queue_.size() < kBatchBytes && queue_.size() + line.size() >= kBatchBytes);
        queue_ += line;
      } else {
        static_cast<void>(write_all(STDERR_FILENO, line));
        return;
      }
    }
    if (due) wake_.notify_one();
  }

 private:
  void run() {
    step_behind();
    std::string taken;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !collects_ || !queue_.empty(); });
      if (queue_.empty()) return;
      wake_.wait_for(lock, kBatchTime, [this] { return !collects_ || queue_.size() >= kBatchBytes; });
      taken.swap(queue_);
      const auto dropped = std::exchange(dropped_, 0);
      lock.unlock();
      if (dropped > 0)
        taken += "{\"level\":\"warn\",\"event\":\"log_lines_dropped\",\"count\":" + std::to_string(dropped) + "}\n";
      // If writing the log fails, there is no other place to report the failure.
      static_cast<void>(write_all(STDERR_FILENO, taken));
      taken.clear();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::string queue_;
  std::uint64_t dropped_ = 0;
  bool collects_ = false;  ///< the thread runs and takes lines from the queue; otherwise lines are written at once
  Level least_ = Level::info;
  std::thread thread_;
};

Writer& writer() {
  static Writer instance;
  return instance;
}

std::string_view name(Level level) {
  constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

}  // namespace

void start(Level least) { writer().start(least); }
void stop() noexcept { writer().stop(); }

void write(Level level, std::string_view event, boost::json::object fields) noexcept {
  if (!writer().wants(level)) return;
  try {
    boost::json::object line;
    line.reserve(fields.size() + 3);
    line["time"] = rfc3339(system_now());
    line["level"] = name(level);
    line["event"] = event;
    for (auto& field : fields) line[field.key()] = std::move(field.value());
    writer().push(boost::json::serialize(line) + "\n");
  } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory: the line is lost, the request is not
  }
}

void write_line(std::string_view line) noexcept {
  try {
    writer().push(line);
  } catch (...) {  // NOLINT(bugprone-empty-catch): as above
  }
}

}  // namespace faasta::log
