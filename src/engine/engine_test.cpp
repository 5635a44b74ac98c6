// The boundary to the engine crate: every function of engine.h, with real components (guests/build core).

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "engine/call.hpp"
#include "engine/compiler.hpp"
#include "engine/component.hpp"

namespace faasta::engine {
namespace {

std::string guest(const std::string& name) {
  auto bytes = read_file(std::filesystem::path(FAASTA_GUESTS) / (name + ".wasm"));
  if (!bytes) throw std::runtime_error(name + ".wasm is not built: run guests/build core");
  return std::move(*bytes);
}

/// Blocks the test's thread until wake() is called.
class ThreadWaker final : public Wakeable {
 public:
  void wake() noexcept override {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
    condition_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    const bool woken = condition_.wait_for(lock, std::chrono::seconds(10), [this] { return woken_; });
    woken_ = false;
    return woken;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool woken_ = false;
};

class EngineTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    compiler_ = *Engine::open({.slots = 0, .reachable = {}});
    engine_ = *Engine::open({.slots = 8, .reachable = {}});
    engine_->enter_thread();
  }
  static void TearDownTestSuite() {
    engine_.reset();
    compiler_.reset();
  }
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static constexpr FileIdentity kIdentity{FileKind::code, {}};

  struct Compiled {
    std::string code;
  };
  Result<Compiled> compiled(const std::string& wasm) {
    const auto path = folder_ / "compiled";
    if (!replace_file(path, "", 0600, Durable::no)) throw std::runtime_error("write");
    const auto artifact = compile(*compiler_, wasm, settings_.limits, path);
    if (!artifact) return std::unexpected(artifact.error());
    auto code = read_file(path);
    if (!code || code->size() != artifact->bytes) throw std::runtime_error("the size");
    return Compiled{std::move(*code)};
  }

  std::shared_ptr<const Component> load(const std::string& name) {
    const auto artifact = compiled(guest(name));
    if (!artifact) throw std::runtime_error(artifact.error().detail);
    const auto path = folder_ / (name + ".cwasm");
    if (!replace_file(path, artifact->code, 0600, Durable::no)) throw std::runtime_error("write");
    if (!seal(*compiler_, path, kIdentity)) throw std::runtime_error("seal");
    auto component = Component::load(engine_, path, kIdentity);
    if (!component) throw std::runtime_error(component.error().detail);
    return *component;
  }

  struct Answer {
    std::uint16_t status = 0;
    std::string body;
    bool complete = false;
    std::string output;
    std::optional<Error> error;
    CallUsage usage;
  };
  /// Runs one call to its end. When the call needs the body, feeds it one byte at a time.
  Answer run(const Component& component, std::string_view target, std::string_view body = {}) {
    const auto waker = WakeRef<ThreadWaker>::adopt(new ThreadWaker);
    const FieldView fields[] = {{"host", "test.localhost"}, {"x-test", "1"}};
    GuestCall call(component, {body.empty() ? "GET" : "POST", "http", "test.localhost", target, fields}, settings_,
                   environment_, waker);
    if (body.empty()) call.end({});
    Answer out;
    for (;;) {
      const CallEvent event = call.poll();
      switch (event.kind) {
        case CallEvent::Kind::pending:
          if (!waker->wait()) throw std::runtime_error("the call was never woken");
          break;
        case CallEvent::Kind::need_body:
          if (body.empty()) {
            call.end({});
          } else {
            call.feed(body.substr(0, 1));
            body.remove_prefix(1);
          }
          break;
        case CallEvent::Kind::head:
          out.status = event.status;
          break;
        case CallEvent::Kind::data:
          out.body += event.data;
          break;
        case CallEvent::Kind::trailers:
          out.complete = true;
          break;
        case CallEvent::Kind::output:
          out.output += event.data;
          break;
        case CallEvent::Kind::failed:
          out.error = event.error;
          [[fallthrough]];
        case CallEvent::Kind::done:
          out.usage = call.usage();
          EXPECT_EQ(call.poll().kind, CallEvent::Kind::pending) << "after the last event there is none";
          return out;
      }
    }
  }

  static inline std::shared_ptr<const Engine> compiler_;
  static inline std::shared_ptr<const Engine> engine_;
  FunctionSettings settings_;
  const Environment environment_;
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("faasta-engine-" + random_hex(6));
};

TEST_F(EngineTest, AnswersFromAFreshInstance) {
  const auto component = load("hello-wat");
  EXPECT_GT(component->loaded_bytes(), std::filesystem::file_size(folder_ / "hello-wat.cwasm"));
  for (int i = 0; i < 20; ++i) {
    const Answer answer = run(*component, "/");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hi\n");
    EXPECT_TRUE(answer.complete && !answer.error);
  }
}

TEST_F(EngineTest, StreamsTheBodyBothWays) {
  const Answer answer = run(*load("echo"), "/", "a body that arrives byte by byte");
  EXPECT_EQ(answer.body, "a body that arrives byte by byte");
  EXPECT_TRUE(answer.complete);
}

TEST_F(EngineTest, BreaksOffABodyThatTheGuestDoesNotFinish) {
  const auto component = load("trap");
  const Answer unfinished = run(*component, "/unfinished");
  EXPECT_EQ(unfinished.status, 200);
  EXPECT_FALSE(unfinished.complete);
  ASSERT_TRUE(unfinished.error.has_value());
  const Answer late = run(*component, "/after");
  EXPECT_FALSE(late.complete);
  EXPECT_EQ(late.error->code, Code::guest_trap);
}

TEST_F(EngineTest, SaysWhyAGuestFailed) {
  const auto component = load("trap");
  const Answer before = run(*component, "/before");
  EXPECT_EQ(before.status, 0);
  EXPECT_EQ(before.error->code, Code::guest_trap);
  EXPECT_NE(before.output.find("boom before head"), std::string::npos);
  EXPECT_EQ(run(*component, "/no-answer").error->code, Code::no_response);
}

TEST_F(EngineTest, HoldsTheCpuBudget) {
  settings_.limits.cpu = std::chrono::milliseconds(20);
  const Answer answer = run(*load("spin"), "/");
  EXPECT_EQ(answer.error->code, Code::cpu_limit);
  EXPECT_GE(answer.usage.cpu_us, 15'000U);
}

TEST_F(EngineTest, HoldsTheMemoryLimit) {
  settings_.limits.memory_bytes = 16U << 20U;
  const Answer answer = run(*load("memory"), "/forever");
  EXPECT_EQ(answer.error->code, Code::memory_limit);
  EXPECT_LE(answer.usage.memory_bytes, 16U << 20U);
}

TEST_F(EngineTest, CancelsACallThatIsDropped) {
  const auto component = load("sleep");
  for (int i = 0; i < 50; ++i) {  // more than there are slots
    const auto waker = WakeRef<ThreadWaker>::adopt(new ThreadWaker);
    GuestCall call(*component, {"GET", "http", "a", "/?ms=60000", {}}, settings_, environment_, waker);
    call.end({});
    EXPECT_EQ(call.poll().kind, CallEvent::Kind::pending);
  }
}

TEST_F(EngineTest, SaysBusyWhenNoSlotIsFree) {
  const auto component = load("sleep");
  std::vector<std::unique_ptr<Call>> calls;
  std::optional<Code> refused;
  for (int i = 0; i < 64 && !refused; ++i) {
    calls.push_back(std::make_unique<GuestCall>(*component, CallRequest{"GET", "http", "a", "/?ms=60000", {}},
                                                settings_, environment_, WakeRef<ThreadWaker>::adopt(new ThreadWaker)));
    calls.back()->end({});
    const CallEvent event = calls.back()->poll();
    if (event.kind == CallEvent::Kind::failed) refused = event.error->code;
  }
  EXPECT_EQ(refused, Code::busy_server);
}

TEST_F(EngineTest, RefusesAtDeployWhatCannotBeServed) {
  const struct {
    const char* guest;
    Code code;
  } kCases[] = {
      {"no-handler", Code::component_no_handler},           {"wrong-type", Code::component_handler_type},
      {"unknown-version", Code::component_handler_version}, {"unknown-import", Code::component_unknown_import},
      {"import-type", Code::component_unknown_import},      {"command", Code::component_command},
      {"memory-min-huge", Code::component_memory_minimum},  {"table-huge", Code::component_table_minimum},
      {"start-trap", Code::component_start_trap},           {"start-loop", Code::component_start_limit}};
  for (const auto& c : kCases) {
    const auto artifact = compiled(guest(c.guest));
    ASSERT_FALSE(artifact.has_value()) << c.guest;
    EXPECT_EQ(artifact.error().code, c.code) << c.guest << ": " << artifact.error().detail;
  }
  EXPECT_EQ(compiled("\0asm").error().code, Code::component_malformed);
}

// If two components have the same imports, they are checked only once: third_party/wasmtime, 0006.
TEST_F(EngineTest, ChecksImportsThatOnlyLookLikeThoseOfAnother) {
  const std::string good = guest("hello-raw");
  ASSERT_TRUE(compiled(good).has_value());
  // The types are right, but the name of one import belongs to another interface of WASI. Only the linker notices that.
  constexpr std::string_view kFrom = "wasi:cli/environment", kTo = "wasi:sockets/network";
  static_assert(kFrom.size() == kTo.size());
  std::string renamed = good;
  for (std::size_t at = 0; (at = renamed.find(kFrom, at)) != std::string::npos;) renamed.replace(at, kTo.size(), kTo);
  for (const std::string& other : {renamed, guest("import-type")}) {
    for (int times = 0; times < 2; ++times) {
      const auto artifact = compiled(other);
      ASSERT_FALSE(artifact.has_value());
      EXPECT_EQ(artifact.error().code, Code::component_unknown_import) << artifact.error().detail;
      EXPECT_NE(artifact.error().detail.find("linker"), std::string::npos) << artifact.error().detail;
    }
  }
  EXPECT_TRUE(compiled(good).has_value());
}

TEST_F(EngineTest, LoadsAtOnceOnlyWhatIsQuickToDecode) {
  for (const auto& [name, at_once] : {std::pair("hello-wat", true), std::pair("wide-import-served", false)}) {
    const auto artifact = compiled(guest(name));
    ASSERT_TRUE(artifact.has_value()) << artifact.error().detail;
    const auto path = folder_ / name;
    ASSERT_TRUE(replace_file(path, artifact->code, 0600, Durable::no).has_value());
    note_first_call(*compiler_, path, settings_.limits, {});
    ASSERT_TRUE(seal(*compiler_, path, kIdentity).has_value());
    const auto loaded = Component::load_at_once(engine_, path, kIdentity);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
    EXPECT_EQ(*loaded != nullptr, at_once) << name;
  }
}

TEST_F(EngineTest, ALargeFileIsLoadedAtOnceAfterItWasChecked) {
  const auto artifact = compiled(guest("hello"));
  ASSERT_TRUE(artifact.has_value()) << artifact.error().detail;
  ASSERT_GT(artifact->code.size(), 512U << 10U);
  const auto path = folder_ / "large";
  ASSERT_TRUE(replace_file(path, artifact->code, 0600, Durable::no).has_value());
  note_first_call(*compiler_, path, settings_.limits, {});
  ASSERT_TRUE(seal(*compiler_, path, kIdentity).has_value());
  const auto unchecked = Component::load_at_once(engine_, path, kIdentity);
  ASSERT_TRUE(unchecked.has_value()) << unchecked.error().detail;
  EXPECT_EQ(*unchecked, nullptr);
  // A file that was written just now is checked, but the engine does not remember the result. Otherwise it would miss a
  // second change within the same tick of the clock.
  const auto loaded = [&] {
    EXPECT_TRUE(check(*engine_, path, kIdentity).has_value());
    const auto again = Component::load_at_once(engine_, path, kIdentity);
    return again.has_value() && *again != nullptr;
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool at_once = loaded();
  while (!at_once && std::chrono::steady_clock::now() < end) at_once = loaded();
  EXPECT_TRUE(at_once);
}

/// The file may be cut anywhere: in the guest's code, in the code that enters the guest, or in data that the engine
/// reads.
TEST_F(EngineTest, AFileThatIsCutShortWhileItIsMappedFailsItsCallsAndNothingElse) {
  constexpr std::size_t kPage = 4096;
  const auto other = load("hello-wat");
  for (const auto& [name, step] : {std::pair("hello-c", kPage), std::pair("hello", 7 * kPage)}) {
    const auto artifact = compiled(guest(name));
    ASSERT_TRUE(artifact.has_value()) << artifact.error().detail;
    const std::string right = run(*load(name), "/").body;
    const auto path = folder_ / "cut";
    std::size_t failed = 0;
    for (std::size_t left = 0; left < artifact->code.size(); left += step) {
      for (const bool warm : {false, true}) {
        ASSERT_TRUE(replace_file(path, artifact->code, 0600, Durable::no).has_value());
        ASSERT_TRUE(seal(*compiler_, path, kIdentity).has_value());
        const auto component = Component::load(engine_, path, kIdentity);
        ASSERT_TRUE(component.has_value()) << component.error().detail;
        if (warm) EXPECT_EQ(run(**component, "/").body, right);
        std::filesystem::resize_file(path, left);
        const Answer answer = run(**component, "/");
        if (answer.error) {
          ++failed;
          EXPECT_EQ(answer.error->code, Code::artifact_altered) << left << ": " << answer.error->detail;
        } else {
          EXPECT_EQ(answer.body, right) << left;
        }
        EXPECT_EQ(run(*other, "/").body, "hi\n");
      }
    }
    EXPECT_GE(failed, 4U) << name;
  }
}

TEST_F(EngineTest, RefusesAnArtifactThatIsMissingOrNotOne) {
  EXPECT_EQ(Component::load(engine_, folder_ / "none", kIdentity).error().code, Code::io_error);
  const auto bad = folder_ / "bad";
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{8}, std::size_t{256}, std::size_t{10'000}}) {
    ASSERT_TRUE(replace_file(bad, std::string(bytes, 'x'), 0600, Durable::no).has_value());
    EXPECT_EQ(Component::load(engine_, bad, kIdentity).error().code, Code::artifact_altered) << bytes;
  }
  ASSERT_TRUE(seal(*engine_, bad, kIdentity).has_value());
  EXPECT_EQ(Component::load(engine_, bad, kIdentity).error().code, Code::load_failed);
  EXPECT_EQ(Component::load(engine_, bad, {FileKind::shared_code, {}}).error().code, Code::artifact_altered);
  EXPECT_EQ(Image::open(*engine_, bad, {}).error().code, Code::artifact_altered);
  EXPECT_FALSE(engine_->fingerprint().empty());
  EXPECT_EQ(Engine::open({.slots = 1, .reachable = {"nonsense"}}).error().code, Code::engine_unusable);
}

}  // namespace
}  // namespace faasta::engine
