#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "deploy/deployer.hpp"
#include "http/doorbell.hpp"
#include "unit/scripted_loop.hpp"
#include "unit/test_store.hpp"

namespace faasta::test {

/// A compiler that writes a file instead of machine code. The test sets the report about a component, and a function
/// that runs during the compile. The compiler runs on the deployer's threads.
class ScriptedCompiler {
 public:
  explicit ScriptedCompiler(store::Artifacts& artifacts) : artifacts_(artifacts) {}

  compile::Report report{.imports = {"wasi:http/types@0.2.0"}, .compiled_size = 4};
  std::optional<Error> failure;
  std::chrono::microseconds cpu_time{};  ///< what each compile uses
  std::function<void(const Sha256&)> meanwhile = [](const Sha256&) {};

  [[nodiscard]] unsigned compiled() const noexcept { return compiled_; }
  [[nodiscard]] deploy::Compile function() {
    return [this](const Sha256& sha256, const std::filesystem::path& component, const CallLimits&,
                  std::chrono::microseconds& used) {
      used += cpu_time;
      return compile(sha256, component);
    };
  }

 private:
  Result<compile::Report> compile(const Sha256& sha256, const std::filesystem::path& component) {
    ++compiled_;
    const auto bytes = read_file(component);
    if (!bytes || faasta::sha256(*bytes) != sha256) return fail(Code::component_damaged);
    if (failure) return std::unexpected(*failure);
    auto code = artifacts_.temporary();
    if (!code) return std::unexpected(code.error());
    if (auto written = write_all(code->fd(), "code"); !written) return std::unexpected(written.error());
    if (auto placed = code->move_to(artifacts_.compiled(sha256)); !placed) return std::unexpected(placed.error());
    meanwhile(sha256);
    return report;
  }

  store::Artifacts& artifacts_;
  std::atomic<unsigned> compiled_{0};
};

/// A body with some parts. After the last part, the body ends or fails.
class ScriptedSource {
 public:
  explicit ScriptedSource(std::vector<std::string> parts, std::optional<Error> failure = std::nullopt)
      : parts_(std::move(parts)), failure_(std::move(failure)) {}

  [[nodiscard]] bool asked() const noexcept { return asked_; }
  [[nodiscard]] deploy::Source function() {
    return [this] { return next(); };
  }

 private:
  Task<Result<std::optional<std::string_view>>> next() {
    asked_ = true;
    if (given_ < parts_.size()) co_return parts_[given_++];
    if (failure_) co_return std::unexpected(*failure_);
    co_return std::nullopt;
  }

  std::vector<std::string> parts_;
  std::optional<Error> failure_;
  std::size_t given_ = 0;
  bool asked_ = false;
};

/// A probe that waits for the answer that the test gives.
class ScriptedProbe {
 public:
  explicit ScriptedProbe(ScriptedLoop& loop) : bell_(http::Doorbell::make(loop.loop().context)) {}

  /// Whether the probe was started.
  [[nodiscard]] bool asked() const noexcept { return asked_; }
  void answer(Result<> result) {
    answer_ = std::move(result);
    bell_->wake();
  }
  [[nodiscard]] deploy::Probe function() {
    return [this](const Sha256&) { return wait(); };
  }

 private:
  Task<Result<>> wait() {
    asked_ = true;
    while (!answer_) co_await bell_->wait();
    co_return *answer_;
  }

  WakeRef<http::Doorbell> bell_;
  bool asked_ = false;
  std::optional<Result<>> answer_;
};

}  // namespace faasta::test
