// Measures the parts of a cold and of a warm call in one process, without a socket, a parser or an event loop.
//
//   faasta_phases COMPONENT.wasm [ROUNDS] It compiles the component once and writes one copy of the code for each cold
//   round (at most 200). Each copy is loaded, called and evicted. Then it calls one component that stays loaded. It
//   prints microseconds, and the page faults of the warm calls.

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "engine/call.hpp"
#include "engine/compiler.hpp"
#include "engine/component.hpp"

namespace faasta {
namespace {

constexpr std::size_t kMostFiles = 200;

/// Blocks until it is woken.
class ThreadWaker final : public Wakeable {
 public:
  void wake() noexcept override {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
    condition_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [this] { return woken_; });
    woken_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool woken_ = false;
};

/// Samples of named phases. The phases keep the order of their first samples.
class Samples {
 public:
  void add(const std::string& phase, double us) {
    if (!values_.contains(phase)) order_.push_back(phase);
    values_[phase].push_back(us);
  }
  void print(const char* title) {
    fmt::print("{:<22}{:>10}{:>10}{:>10}\n", title, "p50", "p99", "max");
    for (const std::string& phase : order_) {
      std::vector<double>& all = values_[phase];
      std::ranges::sort(all);
      fmt::print("  {:<20}{:>10.1f}{:>10.1f}{:>10.1f}\n", phase, all[all.size() / 2], all[all.size() * 99 / 100],
                 all.back());
    }
  }

 private:
  std::vector<std::string> order_;
  std::map<std::string, std::vector<double>> values_;
};

class Stopwatch {
 public:
  /// Microseconds since the last lap.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double, std::micro> out = now - std::exchange(last_, now);
    return out.count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

void call_once(const engine::Component& component, const FunctionSettings& settings, Samples& samples) {
  using Kind = engine::CallEvent::Kind;
  Stopwatch watch;
  const FieldView fields[] = {{"host", "bench.localhost"}, {"accept", "*/*"}};
  const auto waker = WakeRef<ThreadWaker>::adopt(new ThreadWaker);
  const engine::Environment environment;
  {
    engine::GuestCall call(component, {"GET", "http", "bench.localhost", "/", fields}, settings, environment, waker);
    call.end({});
    samples.add("make the call", watch.lap());
    for (Kind kind = Kind::pending; kind != Kind::done;) {
      const engine::CallEvent event = call.poll();
      kind = event.kind;
      if (kind == Kind::failed) throw std::runtime_error("the call failed: " + event.error->detail);
      if (kind == Kind::head && event.status != 200) throw std::runtime_error("not 200");
      if (kind == Kind::trailers) samples.add("to the answer's end", watch.lap());
      if (kind == Kind::pending) waker->wait();
    }
    samples.add("  of it instantiate", static_cast<double>(call.usage().instantiate_us));
    samples.add("guest's return", watch.lap());
  }
  samples.add("drop", watch.lap());
}

template <class T>
T value(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}

long minor_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

constexpr engine::FileIdentity kIdentity{engine::FileKind::code, {}};

int run(const char* file, std::size_t rounds) {
  FunctionSettings settings;
  settings.limits.cpu = std::chrono::seconds(10);
  const std::string wasm = value(read_file(file, std::size_t{256} << 20U));
  const auto compiler = value(engine::Engine::open({.slots = 0, .reachable = {}}));
  const auto folder = std::filesystem::temp_directory_path() / ("faasta-phases-" + random_hex(6));
  std::filesystem::create_directories(folder);
  const auto compiled = folder / "compiled";
  if (!replace_file(compiled, "", 0600, Durable::no)) throw std::runtime_error("write");
  Stopwatch watch;
  const engine::Artifact artifact = value(engine::compile(*compiler, wasm, settings.limits, compiled));
  fmt::print("{}: {} bytes, code {} bytes, compiled in {:.0f} ms\n", file, wasm.size(), artifact.bytes,
             watch.lap() / 1000);

  const auto engine = value(engine::Engine::open({.slots = 100, .reachable = {}}));
  engine->enter_thread();
  const std::size_t files = std::min(rounds, kMostFiles);
  const auto path = [&](std::size_t i) { return folder / fmt::format("{}.cwasm", i % files); };
  for (std::size_t i = 0; i < files; ++i) {
    std::filesystem::copy_file(compiled, path(i));
    if (!engine::seal(*engine, path(i), kIdentity)) throw std::runtime_error("seal");
  }
  Samples cold;
  for (std::size_t i = 0; i < rounds; ++i) {
    Stopwatch whole;
    Stopwatch part;
    auto component = value(engine::Component::load(engine, path(i), kIdentity));
    cold.add("load", part.lap());
    call_once(*component, settings, cold);
    cold.add("load to drop", whole.lap());
    part.lap();
    component.reset();
    cold.add("evict", part.lap());
  }
  cold.print("cold");
  Samples warm;
  const auto component = value(engine::Component::load(engine, path(0), kIdentity));
  const std::size_t calls = std::max<std::size_t>(rounds, 2000);
  for (int i = 0; i < 100; ++i) call_once(*component, settings, warm);
  warm = Samples();
  const long faults = minor_faults();
  for (std::size_t i = 0; i < calls; ++i) {
    Stopwatch whole;
    call_once(*component, settings, warm);
    warm.add("whole", whole.lap());
  }
  const long after = minor_faults();
  warm.print("warm");
  fmt::print("page faults a warm call: {:.2f}\n", static_cast<double>(after - faults) / static_cast<double>(calls));
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace faasta

int main(int argc, char** argv) {
  std::size_t rounds = 1000;
  if (argc > 2) std::from_chars(argv[2], argv[2] + std::char_traits<char>::length(argv[2]), rounds);
  if (argc < 2 || rounds == 0) {
    fmt::print(stderr, "usage: faasta_phases COMPONENT.wasm [ROUNDS]\n");
    return 2;
  }
  try {
    return faasta::run(argv[1], rounds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "faasta_phases: {}\n", error.what());
    return 1;
  }
}
