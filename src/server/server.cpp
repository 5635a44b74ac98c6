// Connects all parts. The order of the members of `Server` shows which part uses which.

#include "server/server.hpp"

#include <fmt/format.h>

#include <csignal>
#include <functional>
#include <thread>

#include "api/answer.hpp"
#include "api/api.hpp"
#include "base/propagate.hpp"
#include "base/thread_scheduling.hpp"
#include "compile/prepare.hpp"
#include "deploy/deployer.hpp"
#include "engine/engine.hpp"
#include "gateway/address.hpp"
#include "gateway/gateway.hpp"
#include "http/listener.hpp"
#include "http/problem.hpp"
#include "identity/login.hpp"
#include "identity/one_time_links.hpp"
#include "otlp/exporter.hpp"
#include "pages/dashboard.hpp"
#include "secrets/vault.hpp"
#include "server/admin_answers.hpp"
#include "server/cron.hpp"
#include "server/custom_domains.hpp"
#include "server/dashboard_figures.hpp"
#include "server/data_folder.hpp"
#include "server/edge.hpp"
#include "server/first_compiles.hpp"
#include "server/github_login.hpp"
#include "server/inherited.hpp"
#include "server/lockdown.hpp"
#include "server/machine.hpp"
#include "server/open_engine.hpp"
#include "server/owner_login.hpp"
#include "server/part_options.hpp"
#include "server/programs.hpp"
#include "server/rebuilder.hpp"
#include "server/risks.hpp"
#include "server/routes.hpp"
#include "server/stop_signals.hpp"
#include "server/stores.hpp"
#include "server/upkeep.hpp"
#include "store/connections.hpp"

namespace faasta::server {
namespace {

constexpr std::chrono::seconds kGrace{30};

/// Returns ":8080" for "127.0.0.1:8080".
std::string_view port_of(std::string_view listening) { return listening.substr(listening.rfind(':')); }

class Server {
 public:
  Server(const Config& config, std::shared_ptr<const engine::Engine> engine, Stores stores, MachineLimits limits,
         CrashList crashes, Edge& edge, CustomDomains& domains, secrets::Vault& vault, const ProcessStarter& starter)
      : config_(config),
        edge_(edge),
        domains_(domains),
        vault_(vault),
        starter_(starter),
        limits_(std::move(limits)),
        engine_(std::move(engine)),
        stores_(std::move(stores)),
        crashes_(std::move(crashes)) {}

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// The scheduler sends requests to the listener, which is destroyed before it.
  ~Server() { cron_.scheduler().stop(); }

  /// `inherited` has the listening sockets that another process has opened.
  Result<> start(const Inherited& inherited) {
    rebuilder_.take_out_crashed();
    domains_.begin();
    http::ListenerOptions options;
    ASSIGN_OR_RETURN(options.endpoints, edge_.endpoints(inherited, std::bind_front(&Routes::prefetch, &routes_)));
    options.threads = config_.event_loops();
    options.connections = connection_limits(config_, limits_);
    options.trusted = edge_.trusted_proxies();
    options.enter_thread = [engine = engine_] {
      engine->enter_thread();
      schedule_as_loop();
    };
    ASSIGN_OR_RETURN(listener_, http::Listener::open(options, std::bind_front(&Routes::serve, &routes_)));
    http::ListenerOptions admin{.endpoints = {}};
    ASSIGN_OR_RETURN(admin.endpoints.emplace_back(), http::parse_listen(config_.admin_listen));
    admin.endpoints.front().option = "--admin-listen";
    admin.endpoints.front().sockets = inherited.sockets("admin_listen");
    ASSIGN_OR_RETURN(admin_,
                     http::Listener::open(admin, [this](http::Exchange& exchange) { return serve_admin(exchange); }));
    open_api();
    listener_->start();
    admin_->start();
    conductor_.start();
    cron_.scheduler().start();
    return {};
  }

  void stop() {
    cron_.scheduler().stop_ticks();
    listener_->stop_accepting();
    conductor_.stop();
    recorder_.hand_over();
    listener_->stop(kGrace);
    cron_.scheduler().stop();
    if (exporter_) exporter_->stop();
    admin_->stop(std::chrono::milliseconds(0));
    log_writer_.stop();
    recorder_.stop();
  }

  [[nodiscard]] const std::string& address() const { return listener_->address(); }
  /// Empty if there is no https.
  [[nodiscard]] std::string https_address() const {
    return config_.tls.enabled() ? listener_->address(1) : std::string();
  }
  /// Returns the URL of the base domain. Empty if clients use plain http at the port of the main listener.
  [[nodiscard]] std::string public_url() const {
    if (!config_.public_url.empty() || !config_.tls.redirects()) return config_.public_url;
    return fmt::format("https://{}{}", config_.base_domain, edge_.https_port(listener_->address(1)));
  }
  [[nodiscard]] const std::string& admin_address() const { return admin_->address(); }
  /// Whether there is work that cannot be cancelled: a compile, or a deploy that waits for a compile.
  [[nodiscard]] bool busy() {
    return rebuilder_.busy() || listener_->open_connections() > 0 || listener_->outliving() > 0 ||
           admin_->open_connections() > 0;
  }
  /// The work of the background thread.
  [[nodiscard]] Upkeep upkeep() {
    return Upkeep({*engine_, *stores_.artifacts, runtimes_, *stores_.catalog, stores_.audit,
                   [this](const Sha256& sha256) { return rebuilder_.ask(sha256); },
                   [this] {
                     gateway_.forget_all();
                     cron_.scheduler().changed_all();
                     conductor_.look_again();
                     domains_.catalog_changed();
                   },
                   [this] { assets_.drop_idle(std::chrono::steady_clock::now()); }});
  }
  /// Compiles components without code before the server listens: those that were called in the last hour. `all`: all
  /// components, because another server still answers. `told`: see compile_listed().
  void compile_first(store::Connections& connections, bool all,
                     const std::function<bool(std::size_t done, std::size_t count)>& told) {
    compile_listed([&] { return first_compiles(connections, *stores_.counts, *stores_.artifacts, runtimes_, all); },
                   [this](const Sha256& sha256) { rebuilder_.rebuild_now(sha256); }, all, told);
  }

  [[nodiscard]] bool answers(std::chrono::milliseconds most) { return listener_->answers(most); }
  /// For single-owner mode: makes the owner's token, if there is none, and tells the owner how to sign in.
  [[nodiscard]] Result<> welcome_owner() {
    if (!config_.single_owner()) return {};
    ASSIGN_OR_RETURN(const bool made, ensure_owner_token(owner_token_file(config_).parent_path(), *stores_.accounts));
    return tell_owner(config_, public_url(), address(), made);
  }

 private:
  /// Call this after the live version or an alias of a function has changed.
  void changed(std::string_view name) {
    gateway_.forget(name);
    cron_.scheduler().changed(name);
  }
  /// Call this after the port is known, because the API makes URLs with the port.
  void open_api() {
    api::Addresses addresses(config_.base_domain, public_url(), port_of(listener_->address()));
    open_github_login(config_, addresses, *stores_.accounts, login_);
    cron_.use(*listener_, addresses);
    api_.emplace(api::Api::Parts{*stores_.catalog,
                                 stores_.releases,
                                 stores_.rollouts,
                                 conductor_,
                                 stores_.cron,
                                 std::bind_front(&Cron::run, &cron_),
                                 *stores_.accounts,
                                 stores_.trusts,
                                 *stores_.artifacts,
                                 *stores_.logs,
                                 recorder_,
                                 metrics_,
                                 gateway_.traces(),
                                 vault_,
                                 deployer_,
                                 [this](http::Exchange& exchange, std::string function, std::string authority,
                                        Sha256 sha256, FunctionSettings settings, OwnerId owner) {
                                   return gateway_.probe(exchange, {std::move(function), std::move(authority), sha256,
                                                                    std::move(settings), owner});
                                 },
                                 [this](std::string_view origin) { return engine_->outbound_warning(origin); },
                                 std::bind_front(&Server::changed, this),
                                 login_ ? &*login_ : nullptr,
                                 [this] { return edge_.certificates_in_short(); },
                                 &domains_.store(),
                                 domains_.desk(),
                                 config_.default_function.empty() ? &links_ : nullptr},
                 std::move(addresses), api_options(config_));
    open_dashboard();
  }

  void open_dashboard() {
    dashboard_.emplace(
        pages::Dashboard::Parts{
            *api_, *stores_.accounts, *stores_.catalog, *stores_.logs, recorder_, domains_.store(),
            missing_settings(config_), links_, login_ ? &*login_ : nullptr, std::bind_front(&Server::changed, this),
            [this] { return dashboard_figures({gateway_, *engine_, started_, listener_->open_connections()}); },
            [this] { return certificate_lines(edge_); }},
        pages::PublicTexts{config_.public_texts.contact, config_.public_texts.terms, config_.public_texts.privacy});
  }

  Task<> serve_admin(http::Exchange& exchange) {
    answer_admin(exchange, {metrics_, gateway_, limits_, engine_->fingerprint(), listener_->open_connections(),
                            listener_->place_counts(), stores_.artifacts->quarantined(), edge_, deployer_.compiles(),
                            exporter_.get(), domains_.desk()});
    co_return;
  }

  const Config& config_;
  Edge& edge_;
  CustomDomains& domains_;
  secrets::Vault& vault_;
  const ProcessStarter& starter_;
  const MachineLimits limits_;
  const SystemTime started_ = system_now();
  std::shared_ptr<const engine::Engine> engine_;
  Stores stores_;
  Runtimes runtimes_{config_.runtimes, *stores_.artifacts};
  CrashList crashes_;
  metrics::Registry metrics_{config_.function_labels};
  metrics::Recorder recorder_{metrics_, *stores_.counts, store::CountLock(config_.data / "metrics.lock")};
  compile::Compiler compiler_{starter_, engine_, limits_.child_bytes};
  gateway::LogWriter log_writer_{*stores_.logs};
  Rebuilder rebuilder_{
      *engine_,         *stores_.artifacts,  compiler_,
      config_.ceilings, std::move(crashes_), [this](const Sha256& sha256) { gateway_.reload(sha256); }};
  /// Null: the server exports no traces.
  std::unique_ptr<otlp::Exporter> exporter_ =
      config_.otlp.endpoint.empty() ? nullptr : std::make_unique<otlp::Exporter>(config_.otlp);
  gateway::Gateway gateway_{{engine_, *stores_.catalog, *stores_.artifacts, log_writer_, metrics_,
                             [this](const Sha256& sha256) { return rebuilder_.ask(sha256); },
                             [this](OwnerId owner) { return stores_.accounts->quota(owner, config_.quota()); },
                             std::bind_front(&secrets::Vault::open, &vault_), exporter_.get(),
                             [this](http::Exchange& exchange, std::string function, OwnerId owner) {
                               return api_->let_preview(exchange, std::move(function), owner);
                             }},
                            gateway_options(config_, limits_)};
  deploy::AssetUploads assets_{*stores_.catalog, *stores_.artifacts};
  deploy::Deployer deployer_{
      {*stores_.catalog, stores_.releases, *stores_.artifacts, assets_,
       [this](const Sha256& sha256, const std::filesystem::path& component, const CallLimits& limits,
              compile::CpuTime& used) {
         return compile::prepare(compiler_, *stores_.artifacts, sha256, component, limits, used);
       },
       std::bind_front(&Server::changed, this), std::bind_front(&secrets::Vault::missing, &vault_)},
      deployer_options(config_, limits_)};
  release::Conductor conductor_{{stores_.rollouts, gateway_.rollout_counts(), std::bind_front(&Server::changed, this)}};
  Cron cron_{stores_.cron, gateway_, log_writer_, config_.cron};
  std::optional<identity::Login> login_;
  identity::OneTimeLinks links_;
  std::optional<api::Api> api_;
  std::optional<pages::Dashboard> dashboard_;
  Routes routes_{{config_, edge_, domains_, gateway_, api_, dashboard_, listener_}};
  // The last members, which are destroyed first, so that no request lives longer than the parts that it uses.
  std::unique_ptr<http::Listener> listener_;
  std::unique_ptr<http::Listener> admin_;
};

/// Writes the log while it exists.
struct LogThread {
  explicit LogThread(log::Level least) { log::start(least); }
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;
  ~LogThread() { log::stop(); }
};

}  // namespace

Result<> serve(const Config& config) {
  const sigset_t stop_signals = block_stop_signals();
  Inherited inherited = Inherited::take();
  const ServiceNotice notice(inherited.give("supervisor"));
  const Machine machine = Machine::here();
  ASSIGN_OR_RETURN(auto limits, share(machine, config));
  ASSIGN_OR_RETURN(const auto data, DataFolder::open(config.data, inherited.give("lock")));
  // Both before there are other threads.
  ASSIGN_OR_RETURN(const auto starter, start_starter(config, data.path()));
  ASSIGN_OR_RETURN(const auto lockdown, Lockdown::of_files(config, data.path()));
  ASSIGN_OR_RETURN(auto connections, store::Connections::open(config.catalog_place(), config.event_loops()));
  ASSIGN_OR_RETURN(auto crashes, CrashList::open(data.path() / "crashes"));
  ASSIGN_OR_RETURN(auto engine, open_engine(config, limits, data.path()));
  schedule_as_worker();  // all threads that start from here on, except the event loops; the engine's clock keeps its
                         // own
  ASSIGN_OR_RETURN(auto stores, Stores::open(config, data.path(), connections, engine->fingerprint()));

  const LogThread log_thread(config.log_level);
  ASSIGN_OR_RETURN(auto edge, open_edge(config, *starter, connections));
  CustomDomains domains(config, connections, *edge);
  secrets::Vault vault(store::Secrets(connections), config.secrets_key(), config.makes_secrets_key());
  log_limits(machine, limits);
  log_risks(config, data);
  Server server(config, std::move(engine), std::move(stores), std::move(limits), std::move(crashes), *edge, domains,
                vault, *starter);
  {
    // The compile of one component may take longer than the supervisor waits for a message.
    const std::jthread alive([&notice](const std::stop_token& stop) { send_signs_of_life(notice, stop); });
    server.compile_first(*connections, inherited.takes_over(), [&](std::size_t done, std::size_t count) {
      log::info("compiling", {{"done", done}, {"of", count}});
      return !is_stop_pending();
    });
  }
  if (is_stop_pending()) {
    log::info("stopped");
    return {};
  }
  lockdown.of_system_calls();
  RETURN_IF_ERROR(server.start(inherited));
  // Only now that the server listens: a new token is shown only once, so it would be lost if the start failed after
  // that.
  if (auto welcomed = server.welcome_owner(); !welcomed) {
    server.stop();
    return welcomed;
  }
  log::info("ready", {{"listen", server.address()},
                      {"https", server.https_address()},
                      {"admin", server.admin_address()},
                      {"base_domain", config.base_domain},
                      {"data", data.path().string()},
                      {"version", FAASTA_VERSION}});
  inherited.close();
  notice.send("READY=1\n");
  Upkeep upkeep = server.upkeep();
  std::jthread collector([&upkeep](const std::stop_token& stop) {
    step_behind();
    upkeep.run(stop);
  });
  std::jthread watchdog([&](const std::stop_token& stop) {
    keep_watchdog(notice, [&server](std::chrono::milliseconds most) { return server.answers(most); }, stop);
  });
  std::jthread edge_watcher([&](const std::stop_token& stop) { edge->watch(stop, domains.for_renewer()); });
  std::jthread domain_desk([&](const std::stop_token& stop) { domains.run(stop, server.https_address()); });
  int signal = 0;
  for (sigwait(&stop_signals, &signal); signal == SIGHUP; sigwait(&stop_signals, &signal)) edge->reload();
  log::info("stopping", {{"signal", signal}});
  watchdog.request_stop();
  watchdog.join();
  notice.send("STOPPING=1\n");
  domain_desk.request_stop();
  server.stop();
  edge_watcher.request_stop();
  edge_watcher.join();
  domain_desk.join();
  collector.request_stop();
  collector.join();
  log::info("stopped");
  // A compile can take minutes, and no client waits for the result any more. The compile child ends with this process.
  // The next start deletes the files that the child leaves, as after a crash. The parts that a compile uses must not be
  // destroyed before the compile ends, so the process exits here.
  if (server.busy()) {
    log::stop();
    std::_Exit(0);
  }
  return {};
}

}  // namespace faasta::server
