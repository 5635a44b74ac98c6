// `faasta dev`: builds and deploys to a private server after each change of the project.

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

#include "base/file.hpp"
#include "cli/client/build_notice.hpp"
#include "cli/client/log_follower.hpp"
#include "cli/client/private_server.hpp"
#include "cli/commands/commands.hpp"
#include "cli/process/browser.hpp"
#include "cli/project/build_triggers.hpp"
#include "cli/project/file_watch.hpp"
#include "cli/project/local_deploy.hpp"
#include "cli/project/private_folder.hpp"
#include "cli/terminal/dev_view.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/json.hpp"
#include "cli/terminal/keys.hpp"

namespace faasta::cli {
namespace {

using Paths = FileWatch::Paths;

/// A change is followed by others, when an editor saves several files. A build begins when nothing has changed for this
/// time.
constexpr int kQuietMilliseconds = 100;
/// Between two looks at the changes. A program that changes files all the time must not use up a processor here.
constexpr int kCollectMilliseconds = 10;
constexpr double kLongestQuiet = 1000;  // milliseconds; a file that never rests must not keep a build waiting
/// How often the loop looks for an interrupt that came just before it waited.
constexpr int kLookMilliseconds = 1000;
/// The server writes lines of the log some milliseconds after the answer.
constexpr int kLastLinesMilliseconds = 50;

struct DevOptions {
  int port = kDevPort;
  bool fresh = false;
  bool open = false;
};

double milliseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

std::string gitignore_of(const std::filesystem::path& folder) {
  constexpr std::uint64_t kLargest = 1U << 20U;
  return read_file(folder / ".gitignore", kLargest).value_or("");
}

/// One run of `faasta dev`.
class Dev {
 public:
  Dev(Session& session, Project project, FileWatch watch)
      : session_(session),
        output_(session.output),
        project_(std::move(project)),
        name_(project_.name),
        watch_(std::move(watch)) {}

  Outcome<int> run(const DevOptions& options) {
    auto data = private_data(project_.folder, options.fresh);
    if (!data) return std::unexpected(data.error());
    data_ = std::move(*data);
    port_ = options.port;
    if (auto started = answers_already() ? start_server(port_) : start_behind_notice(); !started)
      return std::unexpected(started.error());
    if (notice_ == nullptr) follow_log();
    build();
    if (options.open && live_) static_cast<void>(open_browser(url_));
    const Outcome<> done = loop();
    stop();
    if (interrupted()) return interrupt_exit_code();
    if (!done) return std::unexpected(done.error());
    return 0;
  }

 private:
  /// The file in the data folder with the name of the function that had a version when `dev` ran the last time.
  [[nodiscard]] std::filesystem::path mark() const { return data_ / "dev-answers"; }

  [[nodiscard]] bool answers_already() const {
    constexpr std::uint64_t kLongest = 100;
    return read_file(mark(), kLongest).value_or("") == project_.name.str();
  }

  /// `socket`: see PrivateServer.
  Outcome<> start_server(int port, int socket = -1) {
    auto server = PrivateServer::start({.port = port,
                                        .function = project_.name.str(),
                                        .reachable = local_addresses(project_.settings.outbound),
                                        .data = data_,
                                        .socket = socket},
                                       output_);
    if (!server) return std::unexpected(server.error());
    server_ = std::move(*server);
    auto api = client_of(*server_);
    if (!api) return std::unexpected(api.error());
    api_.emplace(std::move(*api));
    url_ = api_->server().function_origin(project_.name.str()) + "/";
    return {};
  }

  /// Before there is a version, the server is at another port, and the port of the function has a notice.
  Outcome<> start_behind_notice() {
    auto notice = BuildNotice::start(port_, project_.name.str());
    if (!notice) return std::unexpected(notice.error());
    notice_ = std::move(*notice);
    port_ = notice_->port();
    return start_server(0);
  }

  /// Brings the server to the port of the function, when there is a version.
  Outcome<> take_port() {
    if (notice_ == nullptr) return {};
    server_.reset();
    if (auto started = start_server(port_, notice_->hand_over()); !started) return started;
    notice_.reset();
    std::ofstream(mark()) << project_.name.str();
    follow_log();
    return {};
  }

  void follow_log() {
    log_ = std::thread([this] { follow(); });
  }

  /// Ends the server. Its stream of the log ends after the last line.
  void stop() {
    ::poll(nullptr, 0, kLastLinesMilliseconds);
    ends_ = true;
    server_.reset();
    if (log_.joinable()) log_.join();
  }

  void follow() const {
    DevView view(session_.options.json, session_.options.quiet, output_.paint());
    Output output({.json = session_.options.json,
                   .quiet = session_.options.quiet,
                   .verbose = false,
                   .color = ColorChoice::never});
    const auto take = [&](const auto& entry) {
      view.add(entry);
      return true;
    };
    while (!ends_) {  // a function that was deleted has no log
      LogFollower follower(*api_, function_path(name_) + "/logs", "?tail=0", output);
      static_cast<void>(follower.follow(take, [this] { return !ends_; }, [] { return true; }));
      ::poll(nullptr, 0, kQuietMilliseconds);
    }
  }

  /// Builds and deploys. A failure is told, and the version that is live goes on.
  void build() {
    const auto begin = std::chrono::steady_clock::now();
    if (output_.json())
      output_.object({{"event", "building"}, {"command", project_.build_command}});
    else
      output_.note(fmt::format("building {}: {}", project_.name.str(), project_.build_command));
    if (notice_ != nullptr) notice_->set_failed(false);
    auto made = make();
    if (made)
      if (auto there = take_port(); !there) made = std::unexpected(there.error());
    if (!made) {
      if (interrupted()) return;
      if (notice_ != nullptr) notice_->set_failed(true);
      output_.problem(made.error());
      output_.note(live_ ? "the version that answers goes on; waiting for a change" : "waiting for a change");
      return;
    } else {
      tell(*made, milliseconds_since(begin));
      live_ = true;
    }
  }

  /// Reads the project again, builds, sets its secrets and deploys.
  Outcome<boost::json::object> make() {
    auto project = load_project(project_.folder.empty() ? "." : project_.folder, session_.options.environment);
    if (!project) return std::unexpected(project.error());
    if (project->name.str() != project_.name.str())
      return fail_with_fix(Error{Code::project_invalid, "the name is another now"},
                           "Start `faasta dev` again, or give the function its former name");
    project_ = std::move(*project);
    if (auto checked = check_by_defaults(project_.name, &project_); !checked) return std::unexpected(checked.error());
    auto built = run_build(project_, nullptr, output_);
    if (!built) return std::unexpected(built.error());
    built_at_ = std::chrono::steady_clock::now();
    auto file = check_file(built->path);
    if (!file) return std::unexpected(file.error());
    DeploySource source{Deployment(project_.name), std::move(*file)};
    source.deployment.project = project_;
    source.deployment.verify = false;    // a failure is seen at the first request, with its log
    source.deployment.allow_new = true;  // nobody else uses this server
    const auto secrets = take_local_values(source.deployment, output_);
    if (!secrets) return std::unexpected(secrets.error());
    if (*secrets != secrets_) {
      if (auto set = set_secrets(*api_, project_.name, *secrets); !set) return std::unexpected(set.error());
      secrets_ = *secrets;
    }
    return upload_deployment(*api_, source, output_);
  }

  void tell(const boost::json::object& answer, double ms) {
    const auto version = integer_field(answer, "version").value_or(0);
    const bool unchanged = true_field(answer, "unchanged");
    if (output_.json()) {
      output_.object({{"event", unchanged ? "unchanged" : "ready"},
                      {"url", url_},
                      {"version", version},
                      {"ms", ms},
                      {"deploy_ms", milliseconds_since(built_at_)}});
      return;
    }
    if (!live_) {
      output_.line(url_);
      output_.note("also at http://localhost" + url_.substr(url_.rfind(':')));
      if (keys_.there()) output_.note("keys: b browser, r rebuild, c clear, e environment, q quit");
    }
    output_.note(unchanged ? fmt::format("no change: version {} answers", version)
                           : fmt::format("version {} answers, {:.1f} s after the change", version, ms / 1000));
  }

  Outcome<> loop() {
    while (!interrupted()) {
      const auto event = wait();
      if (!event) return std::unexpected(event.error());
      if (server_ == nullptr || !server_->running())
        return fail(Code::server_unreachable, "the private faastad ended; -v shows what it says");
      if (*event == Event::quit) return {};
      if (*event == Event::nothing) continue;
      build();
      const auto during = watch_.changes();
      if (!during) return std::unexpected(during.error());
      pending_ = to_build_again(*during);
    }
    return {};
  }

  /// Takes the changes during a build. Returns those that need another build.
  Paths to_build_again(const Paths& during) {
    auto [again, restless] = triggers_.during(during, now());
    for (const auto& path : restless)
      output_.note(
          fmt::format("{} has changed during three builds in a row: the build changes it, or another program. "
                      "From now on it is built after it has not changed for a second",
                      path.string()));
    return again;
  }

  enum class Event { nothing, build, quit };

  /// Waits for a change or a key.
  Outcome<Event> wait() {
    if (!pending_.empty()) {
      pending_.clear();
      return Event::build;
    }
    std::array<pollfd, 2> watched{pollfd{watch_.descriptor(), POLLIN, 0},
                                  pollfd{keys_.there() ? STDIN_FILENO : -1, POLLIN, 0}};
    static_cast<void>(::poll(watched.data(), watched.size(), longest_wait()));
    if (interrupted()) return Event::nothing;
    if (watched[1].revents != 0) return on_key(Keys::read());
    const auto begin = now();
    Paths changed = triggers_.rested(begin);
    auto seen = watched[0].revents != 0 ? until_quiet(watched[0]) : Outcome<Paths>(watch_.changes());
    if (!seen) return std::unexpected(seen.error());
    changed.merge(triggers_.between(*seen, begin, now()));
    if (changed.empty()) return Event::nothing;
    if (output_.json())
      output_.object({{"event", "changed"}, {"file", changed.begin()->string()}});
    else
      output_.note(changed.begin()->string() +
                   (changed.size() > 1 ? fmt::format(" and {} more", changed.size() - 1) : "") + " changed");
    return Event::build;
  }

  /// Returns all changes until nothing has changed for some time.
  Outcome<Paths> until_quiet(pollfd& watched) {
    Paths out;
    const auto begin = now();
    do {
      auto more = watch_.changes();
      if (!more) return std::unexpected(more.error());
      out.merge(*more);
      ::poll(nullptr, 0, kCollectMilliseconds);
    } while (::poll(&watched, 1, kQuietMilliseconds - kCollectMilliseconds) > 0 &&
             milliseconds_since(begin) < kLongestQuiet && !interrupted());
    return out;
  }

  /// Milliseconds until there is something to do without an event.
  [[nodiscard]] int longest_wait() const {
    const auto next = triggers_.next();
    if (!next) return kLookMilliseconds;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, kLookMilliseconds));
  }

  static std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

  Event on_key(char key) {
    switch (key) {
      case 'b':
        static_cast<void>(open_browser(url_));
        return Event::nothing;
      case 'c':
        output_.bytes("\x1b[2J\x1b[H");
        return Event::nothing;
      case 'e':
        for (const auto& [name, value] : project_.settings.env) output_.note(name + "=" + value);
        for (const auto& [name, value] : secrets_) output_.note(name + " is set");
        return Event::nothing;
      case 'r':
        return Event::build;
      case 'q':
      case '\0':  // the end of stdin
        return Event::quit;
      default:
        return Event::nothing;
    }
  }

  Session& session_;
  Output& output_;
  Project project_;
  const FunctionName
      name_;  ///< never changes; the thread that follows the log reads it while the project is read again
  FileWatch watch_;
  Keys keys_;
  std::filesystem::path data_;
  int port_ = 0;
  std::unique_ptr<PrivateServer> server_;
  std::unique_ptr<BuildNotice> notice_;  // until there is a version
  std::optional<ApiClient> api_;
  std::string url_;
  std::thread log_;
  std::atomic<bool> ends_{false};
  Variables secrets_;  // those that the server has
  Paths pending_;      // changed during the last build
  BuildTriggers triggers_;
  std::chrono::steady_clock::time_point built_at_;
  bool live_ = false;  // a version answers
};

Outcome<int> run(Session& session, const DevOptions& options) {
  if (auto free = PrivateServer::check_port(options.port); !free) return std::unexpected(std::move(free.error()));
  auto project = find_project(session.options.environment);
  if (!project) return std::unexpected(project.error());
  tell_project(*project, session.output);
  const std::filesystem::path folder = project->folder.empty() ? "." : project->folder;
  auto watch = FileWatch::start(
      folder, WatchRules(project->watch, gitignore_of(folder), project->assets ? project->assets->dir : ""));
  if (!watch) return std::unexpected(watch.error());
  if (project->artifact) watch->rules().ignore(std::filesystem::path(*project->artifact).lexically_normal());
  return Dev(session, std::move(*project), std::move(*watch)).run(options);
}

}  // namespace

void add_dev(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<DevOptions>();
  CLI::App* command =
      add_command(app, "dev", "Serve the function on this machine, and build it again after each change", chosen,
                  [options](Session& session) { return run(session, *options); });
  command->add_option("--port", options->port, "The port on 127.0.0.1; 0: any that is free")
      ->type_name("PORT")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_flag("--fresh", options->fresh, "Begin with an empty .faasta/data");
  command->add_flag("--open", options->open, "Open a browser");
}

}  // namespace faasta::cli
