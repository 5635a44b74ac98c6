#include "compile/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "base/file.hpp"
#include "base/propagate.hpp"
#include "base/sha256.hpp"
#include "base/thread_scheduling.hpp"
#include "compile/compiler.hpp"
#include "compile/report.hpp"
#include "compile/sandbox.hpp"
#include "component/component_reader.hpp"
#include "component/custom_sections.hpp"
#include "component/file_kind.hpp"
#include "engine/compiler.hpp"

namespace faasta::compile {
namespace {

/// The limit for the CPU time of the child, in seconds. JavaScript's runtime takes 12 s on this project's machine, so
/// the limit is several times as high.
constexpr rlim_t kCpuSeconds = 60;
constexpr rlim_t kFileBytes = 256U << 20U;
constexpr std::uint64_t kComponentBytes = 64U << 20U;

bool is_urgent() { return std::getenv(kUrgentVariable) != nullptr; }

bool runs_under_valgrind() { return std::getenv("RUNNING_ON_VALGRIND") != nullptr; }

/// `child_bytes` limits private writable memory. The address space is not limited, because an instance reserves
/// gigabytes that it never uses.
Result<> enter_limits(std::uint64_t child_bytes) {
#if defined(FAASTA_SANITIZED)
  child_bytes = RLIM_INFINITY;  // no limit, because the sanitizer's shadow memory counts as private memory
#endif
  const struct {
    __rlimit_resource_t resource;
    rlim_t value;
  } kLimits[] = {{RLIMIT_CPU, kCpuSeconds},
                 {RLIMIT_FSIZE, kFileBytes},
                 {RLIMIT_DATA, child_bytes},
                 {RLIMIT_CORE, 0},
                 {RLIMIT_NOFILE, 64}};
  for (const auto& limit : kLimits) {
    const rlimit value{limit.value, limit.value};
    if (::setrlimit(limit.resource, &value) != 0) return fail_errno(Code::internal_error, "setrlimit", errno);
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno(Code::internal_error, "no_new_privs", errno);
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail_errno(Code::internal_error, "pdeathsig", errno);
  // Requests have priority: their threads get about nine times as much CPU time as the child. With nice 19, deploys
  // reached their time limit on a busy machine. If the priority cannot be changed, the deploy still continues.
  if (!is_urgent()) step_behind();
  ASSIGN_OR_RETURN(const FileDescriptor score, open_file("/proc/self/oom_score_adj", O_WRONLY));
  return write_all(score.get(), "1000");  // if the machine has no memory left, the kernel ends this process first
}

/// From here on, the process can open only the files of `files`. bench/suite/instructions.py compiles under Valgrind,
/// which cannot run in this sandbox.
Result<> enter_child_sandbox(const SandboxFiles& files) {
#if defined(FAASTA_SANITIZED)
  static_cast<void>(files);  // the sanitizers read files and start processes
  return {};
#else
  if (runs_under_valgrind()) return {};
  return enter_sandbox(files);
#endif
}

/// Checks the version of WASI. Without this check, the engine would report damaged bytes, because the engine does not
/// know the types and interfaces of other versions of WASI.
Result<> check_wasi_version(std::string_view bytes) {
  const auto read = component::read_component(bytes);
  return read ? component::check_wasi_version(*read) : Result<>();  // the engine reports bytes that cannot be read
}

/// Merges all dependency lists of the component, because a short list must not hide a longer list.
Result<std::optional<policy::DependencyList>> read_lists(std::string_view bytes) {
  constexpr std::size_t kMostLists = 64;
  const auto sections = component::custom_sections(bytes, policy::kDependencySection);
  if (!sections) return std::unexpected(sections.error());
  if (sections->empty()) return std::nullopt;
  if (sections->size() > kMostLists) return fail(Code::dependency_list_damaged, "there are more than 64 lists");
  std::vector<policy::DependencyList> lists;
  for (const std::string_view section : *sections) {
    auto list = policy::read_section(section);
    if (!list) return std::unexpected(list.error());
    lists.push_back(std::move(*list));
  }
  auto all = policy::list_from_json(policy::to_json(policy::merged(lists)));  // checks the limits for the merged list
  if (!all) return std::unexpected(all.error());
  return std::move(*all);
}

/// Adds the dependencies in the component's lists to the report.
void add_dependencies(std::string_view bytes, Report& report) {
  auto lists = read_lists(bytes);
  if (lists) report.dependencies = std::move(*lists);
  if (!lists) report.list_damage = lists.error().detail;
}

/// Reads a component. Fails if its bytes do not have this digest.
Result<std::string> read_component(const std::filesystem::path& component, std::string_view sha256) {
  auto bytes = read_file(component, kComponentBytes);
  if (!bytes) return fail(Code::component_damaged, bytes.error().detail);
  if (const std::string found = faasta::sha256(*bytes).hex(); found != sha256)
    return fail(Code::component_damaged,
                component.string() + " has the digest " + found + ", not " + std::string(sha256));
  return bytes;
}

Result<> write_out(const std::filesystem::path& file, std::string_view bytes) {
  auto out = open_file(file, O_WRONLY | O_TRUNC);
  if (!out) return std::unexpected(out.error());
  return write_all(out->get(), bytes);
}

Result<Report> compile_file(const std::filesystem::path& component, std::string_view sha256,
                            const std::filesystem::path& artifact, std::uint64_t child_bytes, const CallLimits& limits,
                            const std::filesystem::path& image) {
  if (auto limited = enter_limits(child_bytes); !limited) return std::unexpected(limited.error());
  const auto bytes = read_component(component, sha256);
  if (!bytes) return std::unexpected(bytes.error());
  SandboxFiles files{.read = {}, .written = {artifact}};
  if (!image.empty()) files.read.push_back(image);
  if (auto entered = enter_child_sandbox(files); !entered) return std::unexpected(entered.error());
  if (auto kind = component::check_file_kind(*bytes); !kind) return std::unexpected(kind.error());
  if (auto version = check_wasi_version(*bytes); !version) return std::unexpected(version.error());
  const auto engine = engine::Engine::open({.slots = 0,
                                            .memory_bytes = limits.memory_bytes,
                                            .keep_resident = false,
                                            .quick_code = is_urgent(),
                                            .reachable = {}});
  if (!engine) return std::unexpected(engine.error());
  auto compiled = engine::compile(**engine, *bytes, limits, artifact, image);
  if (!compiled) return std::unexpected(compiled.error());
  // note_first_call() forbids access to all pages at first, and Valgrind cannot run code in these pages.
  if (!runs_under_valgrind()) engine::note_first_call(**engine, artifact, limits, image);
  Report report{std::move(compiled->imports), compiled->bytes};
  add_dependencies(*bytes, report);
  return report;
}

Result<Report> split_file(const std::filesystem::path& component, std::string_view sha256,
                          const std::filesystem::path& code, const std::filesystem::path& image,
                          std::uint64_t child_bytes) {
  if (auto limited = enter_limits(child_bytes); !limited) return std::unexpected(limited.error());
  const auto bytes = read_component(component, sha256);
  if (!bytes) return std::unexpected(bytes.error());
  if (auto entered = enter_child_sandbox({.read = {}, .written = {code, image}}); !entered)
    return std::unexpected(entered.error());
  if (auto kind = component::check_file_kind(*bytes); !kind) return std::unexpected(kind.error());
  if (auto version = check_wasi_version(*bytes); !version) return std::unexpected(version.error());
  const auto parts = engine::split(*bytes);
  if (!parts) return Report{};
  if (auto written = write_out(code, parts->code); !written) return std::unexpected(written.error());
  if (auto written = write_out(image, parts->image); !written) return std::unexpected(written.error());
  Report report{parts->imports, 0, true};
  add_dependencies(*bytes, report);
  return report;
}

int tell(const Result<Report>& report) {
  if (auto written = write_all(STDOUT_FILENO, to_json(report)); !written) return 1;
  return report ? 0 : 1;
}

}  // namespace

int run_compile(const std::filesystem::path& component, std::string_view sha256, const std::filesystem::path& artifact,
                std::uint64_t child_bytes, const CallLimits& limits, const std::filesystem::path& image) {
  return tell(compile_file(component, sha256, artifact, child_bytes, limits, image));
}

int run_split(const std::filesystem::path& component, std::string_view sha256, const std::filesystem::path& code,
              const std::filesystem::path& image, std::uint64_t child_bytes) {
  return tell(split_file(component, sha256, code, image, child_bytes));
}

}  // namespace faasta::compile
