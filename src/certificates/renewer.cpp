#include "certificates/renewer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <condition_variable>
#include <unordered_map>
#include <utility>

#include "base/file.hpp"
#include "base/log.hpp"

namespace faasta::certificates {
namespace {

/// How long the renewer waits after a failure of this machine, such as a full disk.
constexpr std::chrono::minutes kAfterTrouble{1};

/// Returns a number in [0, 1) that depends on the text alone. So the time of a renewal stays the same after a restart,
/// and differs between servers.
double spread_of(std::string_view text) {
  constexpr std::uint64_t kPrime = 1'099'511'628'211U;  // FNV-1a
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  constexpr unsigned kBits = 53;
  return static_cast<double>((hash ^ (hash >> 32U)) >> (64U - kBits)) / static_cast<double>(std::uint64_t{1} << kBits);
}

}  // namespace

std::string text_of(const tls::RenewalId& id) {
  const auto hex = [](std::string_view bytes) {
    std::string out;
    for (const char byte : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return out;
  };
  return hex(id.authority) + "." + hex(id.serial);
}

void Renewer::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  SystemTime next{};
  SystemTime last{};  // of the clock, at the look before
  bool told = false;
  FileDescriptor held;
  do {
    // Two servers use the same data folder while one takes over from the other. Only one of them may order.
    if (!held) {
      auto opened = open_file(parts_.files.lock(), O_RDWR | O_CREAT);
      if (opened && ::flock(opened->get(), LOCK_EX | LOCK_NB) == 0) held = std::move(*opened);
      if (!held && !std::exchange(told, true)) log::info("certificates_wait", {{"cause", "another server orders"}});
    }
    const SystemTime now = parts_.clock();
    // If the clock was set back, `next` may be hours away. Then the renewer looks at once.
    if (held && (now >= next || now < last || is_asked_for())) next = step(stop);
    last = now;
  } while (!wake.wait_for(lock, stop, parts_.look, [&stop] { return stop.stop_requested(); }));
}

bool Renewer::is_asked_for() const {
  std::vector<std::string> requested = parts_.files.requested();
  std::erase_if(requested, [this](const std::string& name) { return waiting_.contains(name); });
  if (requested.empty()) return false;
  return std::ranges::any_of(parts_.wanted(), [&requested](const Wanted& one) {
    return std::ranges::find(requested, one.name) != requested.end();
  });
}

SystemTime Renewer::step(const std::stop_token& stop) {
  SystemTime next = parts_.clock() + std::chrono::hours(1);
  const auto all = parts_.wanted();
  waiting_.clear();
  begin_statuses(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (stop.stop_requested()) return next;
    Status status{all[i].name, false, {}};
    next = std::min(next, handle(all[i], status));
    const std::scoped_lock lock(mutex_);
    statuses_[i] = std::move(status);
  }
  return next;
}

/// Makes an entry for each certificate. It keeps its status until the step reaches it, because an order takes minutes.
void Renewer::begin_statuses(const std::vector<Wanted>& all) {
  const std::scoped_lock lock(mutex_);
  std::unordered_map<std::string, Status> before;
  for (Status& status : statuses_) before.emplace(status.name, std::move(status));
  statuses_.clear();
  for (const Wanted& wanted : all) {
    const auto known = before.find(wanted.name);
    statuses_.push_back(known == before.end() ? Status{wanted.name, false, {}} : known->second);
  }
}

SystemTime Renewer::handle(const Wanted& wanted, Status& status) {
  auto state = parts_.files.state(wanted.name);
  const auto certificate = parts_.files.current(wanted.name);
  if (!state || !certificate) {
    // The state or the certificate cannot be read. No order is sent now, because its limits could not be checked.
    waiting_.insert(wanted.name);
    status.problem = state ? certificate.error().detail : state.error().detail;
    log::error("certificate_files_unreadable", {{"name", wanted.name}, {"cause", status.problem}});
    return parts_.clock() + kAfterTrouble;
  }
  if (correct_future(*state, parts_.clock())) keep(wanted, *state);
  const bool fits = *certificate && std::ranges::all_of(wanted.names, [&](const std::string& name) {
    return std::ranges::find((*certificate)->names(), name) != (*certificate)->names().end();
  });
  const tls::RenewalId id = *certificate ? (*certificate)->renewal_id() : tls::RenewalId{};
  std::optional<Current> current;
  if (fits) current = Current{text_of(id), (*certificate)->not_before(), (*certificate)->not_after()};
  const bool forced = parts_.files.is_requested(wanted.name);
  const double spread = spread_of(wanted.name + (current ? current->id : ""));
  Decision decision = decide(*state, current, parts_.clock(), forced, spread, wanted.first_retry);
  if (decision.step == Step::ask) {
    ask(wanted, *current, id, *state);
    decision = decide(*state, current, parts_.clock(), forced, spread, wanted.first_retry);
  }
  if (forced && decision.step == Step::wait) waiting_.insert(wanted.name);
  SystemTime next = decision.step == Step::wait ? decision.at : parts_.clock() + kAfterTrouble;
  if (decision.step == Step::order) {
    parts_.files.begin_request(wanted.name);
    if (order(wanted, id, *state)) {
      parts_.files.end_request(wanted.name);
      next = parts_.clock();  // the next step uses the result of this order for a new decision
    } else {
      waiting_.insert(wanted.name);
    }
  }
  const auto now_there = parts_.files.current(wanted.name);
  status.has_certificate = now_there && *now_there;
  status.problem = state->problem;
  return next;
}

void Renewer::keep(const Wanted& wanted, const RenewalState& state) {
  if (auto kept = parts_.files.keep(wanted.name, state); !kept)
    log::error("certificate_state_not_kept", {{"name", wanted.name}, {"cause", kept.error().detail}});
}

void Renewer::ask(const Wanted& wanted, const Current& current, const tls::RenewalId& id, RenewalState& state) {
  const auto window = id.authority.empty() ? Answer<std::optional<Window>>(std::nullopt) : parts_.issuer.renewal(id);
  const SystemTime now = parts_.clock();
  if (window && *window) {
    note_window(state, current.id, (*window)->start, (*window)->end, (*window)->ask_again, now,
                spread_of(wanted.name + current.id));
  } else {
    if (!window) log::warn("renewal_time_unknown", {{"name", wanted.name}, {"cause", window.error().text}});
    note_no_window(state, current.id, now);
  }
  keep(wanted, state);
}

bool Renewer::order(const Wanted& wanted, const tls::RenewalId& replaces, RenewalState& state) {
  note_order(state, parts_.clock());
  // The file must name this order before it is sent. Otherwise, after a crash, the next process would order again at
  // once.
  if (auto kept = parts_.files.keep(wanted.name, state); !kept) {
    log::error("certificate_not_ordered", {{"name", wanted.name}, {"cause", kept.error().detail}});
    return false;
  }
  log::info("certificate_ordered", {{"name", wanted.name}});
  auto issued = parts_.issuer.obtain(
      {.names = wanted.names, .proofs = wanted.proofs, .profile = parts_.profile, .replaces = replaces},
      parts_.presenter);
  const SystemTime now = parts_.clock();
  if (issued) {
    const auto checked = tls::Certificate::parse(issued->chain, issued->key, {wanted.name, wanted.name});
    Result<> used = checked ? parts_.files.use(wanted.name, *issued, now) : std::unexpected(checked.error());
    // The CA has issued this certificate, so it counts towards the CA's limit of equal certificates in a week.
    if (!used) issued = std::unexpected(Failure{Failure::Kind::bug, used.error().detail, kAfterSuccess});
  }
  if (!issued) {
    if (issued.error().kind == Failure::Kind::stopped) return false;
    counts_.failed.fetch_add(1, std::memory_order_relaxed);
    note_failure(state, issued.error().text, issued.error().retry_after, now);
    log::warn("certificate_not_issued", {{"name", wanted.name}, {"cause", issued.error().text}});
    keep(wanted, state);
    parts_.on_ended(wanted.name, state.problem);
    return true;
  }
  counts_.issued.fetch_add(1, std::memory_order_relaxed);
  note_success(state, now);
  keep(wanted, state);
  log::info("certificate_issued", {{"name", wanted.name}});
  parts_.on_issued();
  parts_.on_ended(wanted.name, {});
  return true;
}

std::vector<Renewer::Status> Renewer::statuses() const {
  const std::scoped_lock lock(mutex_);
  return statuses_;
}

}  // namespace faasta::certificates
