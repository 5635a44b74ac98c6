#include "otlp/exporter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/thread_scheduling.hpp"
#include "curl/curl.hpp"

namespace faasta::otlp {
namespace {

constexpr long kConnectSeconds = 5;
constexpr long kAllSeconds = 10;
constexpr const char* kUserAgent = "faastad";

/// The answer of the collector has nothing that is needed.
std::size_t ignore(char* /*bytes*/, std::size_t size, std::size_t count, void* /*data*/) { return size * count; }

}  // namespace

Exporter::Exporter(Options options)
    : options_(std::move(options)), url_(options_.endpoint + "/v1/traces"), thread_([this] { run(); }) {}

void Exporter::add(CallSpan span) {
  bool due = false;
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.size() >= kQueue) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    queue_.push_back(std::move(span));
    due = queue_.size() == 1 || queue_.size() == kBatch;
  }
  if (due) wake_.notify_one();
}

void Exporter::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Exporter::run() {
  step_behind();
  std::string reported;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    wake_.wait_for(lock, kBatchTime, [this] { return stopping_ || queue_.size() >= kBatch; });
    std::vector<CallSpan> batch;
    if (queue_.size() <= kBatch) {
      batch.swap(queue_);
    } else {
      const auto end = queue_.begin() + kBatch;
      batch.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
      queue_.erase(queue_.begin(), end);
    }
    const bool last = stopping_;
    lock.unlock();
    if (!batch.empty()) {
      std::string problem = send(to_json(batch));
      (problem.empty() ? sent_ : dropped_).fetch_add(batch.size(), std::memory_order_relaxed);
      if (!problem.empty() && problem != reported)
        log::warn("traces_not_exported", {{"collector", url_}, {"cause", problem}});
      reported = std::move(problem);
    }
    lock.lock();
    if (last) {
      dropped_.fetch_add(queue_.size(), std::memory_order_relaxed);
      return;
    }
  }
}

std::string Exporter::send(const std::string& body) const {
  const curl::Easy easy = curl::make_easy();
  if (!easy) return "libcurl cannot be set up";
  std::vector<std::string> lines = options_.fields;
  lines.emplace_back("content-type: application/json");
  lines.emplace_back("expect:");
  const curl::List fields = curl::list_of(lines);
  curl::begin(easy.get(), url_, kUserAgent);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, ignore);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, kAllSeconds);
  if (const CURLcode code = curl_easy_perform(easy.get()); code != CURLE_OK) return curl_easy_strerror(code);
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  constexpr long kSuccess = 200;
  constexpr long kNextClass = 300;
  if (status < kSuccess || status >= kNextClass) return fmt::format("the collector answers with status {}", status);
  return {};
}

}  // namespace faasta::otlp
