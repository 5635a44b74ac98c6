#include "certificates/presenter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "certificates/dns_hook.hpp"

namespace faasta::certificates {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};

/// Waits; returns false if `stop` is requested.
bool wait_for(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  return !wake.wait_for(lock, stop, time, [&stop] { return stop.stop_requested(); });
}

}  // namespace

std::string lasting_record(std::string_view issuer, std::string_view account, bool wildcard) {
  return fmt::format("{}; accounturi={}{}", issuer, account, wildcard ? "; policy=wildcard" : "");
}

std::string wrong_lasting_record(std::string_view record, const Challenge& challenge, std::string_view account,
                                 SystemTime now) {
  std::vector<std::string_view> parts;
  for (std::string_view rest = record; !rest.empty();) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    parts.push_back(trimmed(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const std::string issuer = parts.empty() ? std::string() : lowered(parts.front());
  if (std::ranges::none_of(challenge.issuers, [&](const std::string& one) { return lowered(one) == issuer; }))
    return "it names another CA";
  bool has_account = false;
  bool has_policy = !challenge.wildcard;
  for (const std::string_view part : parts) {
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string name = lowered(part.substr(0, equals));  // in any case of letters (RFC 8659 section 4.2)
    const std::string_view value = part.substr(std::min(equals + 1, part.size()));
    if (name == "accounturi") has_account = value == account;
    if (name == "policy" && lowered(value) == "wildcard") has_policy = true;
    if (name != "persistuntil") continue;
    std::int64_t until = 0;  // in seconds
    std::from_chars(value.data(), value.data() + value.size(), until);
    if (until <= std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count())
      return "its persistUntil has passed";
  }
  if (!has_account) return "it names another account";
  return has_policy ? "" : "it lacks policy=wildcard";
}

ServerPresenter::ServerPresenter(Proofs& proofs, PresenterOptions options, std::function<std::string()> account,
                                 std::stop_token stop)
    : proofs_(proofs),
      options_(std::move(options)),
      account_(std::move(account)),
      stop_(std::move(stop)),
      lookup_(options_.resolver) {}

std::string ServerPresenter::present(const Challenge& challenge) {
  if (challenge.proof == Proof::dns_persist_01) return check_lasting_record(challenge);
  if (challenge.proof == Proof::dns_01) return present_record(challenge);
  const auto added = proofs_.add(challenge);
  return added ? std::string() : added.error().detail;
}

std::string ServerPresenter::present_record(const Challenge& challenge) {
  if (!options_.dns_hook.empty()) {
    return run_dns_hook(*options_.starter, options_.dns_hook, "present", dns_name(challenge), challenge.dns_value,
                        stop_);
  }
  if (auto added = proofs_.add(challenge); !added) return added.error().detail;
  if (!server_) {
    auto started = DnsServer::start(options_.dns_listen, [this] { return proofs_.zones(); });
    if (!started) return started.error().detail;
    server_ = std::move(*started);
  }
  return {};
}

std::string ServerPresenter::wait(const Challenge& challenge) {
  if (challenge.proof != Proof::dns_01) return {};
  std::string problem = wait_for_record(challenge);
  if (problem.empty() || options_.dns_hook.empty() || stop_.stop_requested()) return problem;
  log::warn("dns_record_not_seen", {{"name", dns_name(challenge)}, {"cause", problem}});
  return {};
}

std::string ServerPresenter::wait_for_record(const Challenge& challenge) const {
  const std::string name = dns_name(challenge);
  const auto end = std::chrono::steady_clock::now() + options_.dns_wait;
  std::string last = "it does not exist";
  do {
    // Wait before the first look, too: if the record does not exist yet, the resolver keeps an answer without it.
    if (!wait_for(stop_, kBetweenLooks)) return "the server stops";
    const auto seen = lookup_.texts(name);
    if (seen && std::ranges::find(*seen, challenge.dns_value) != seen->end()) return {};
    if (!seen) last = seen.error();
    if (seen && !seen->empty()) last = "it has another value, '" + seen->front() + "'";
  } while (std::chrono::steady_clock::now() < end);
  const std::string_view what_to_do = options_.dns_hook.empty()
                                          ? "delegate the name to this machine: see `faastad certificates setup`"
                                          : "the program of acme.dns_hook must set it";
  return fmt::format("the TXT record {} cannot be seen: {}; {}", name, last, what_to_do);
}

std::string ServerPresenter::check_lasting_record(const Challenge& challenge) const {
  const std::string name = dns_name(challenge);
  const std::string account = account_();
  const std::string wanted =
      challenge.issuers.empty() ? "" : lasting_record(challenge.issuers.front(), account, challenge.wildcard);
  const auto seen = lookup_.texts(name);
  std::string problem = seen ? "it does not exist" : "it cannot be looked up (" + seen.error() + ")";
  for (const std::string& record : seen.value_or(std::vector<std::string>())) {
    problem = wrong_lasting_record(record, challenge, account, system_now());
    if (problem.empty()) return {};
  }
  return fmt::format("the TXT record {} is needed, once: {}; its value must be: {}", name, problem, wanted);
}

void ServerPresenter::clean_up(const Challenge& challenge) {
  proofs_.remove(challenge);
  if (challenge.proof != Proof::dns_01) return;
  if (proofs_.zones().empty()) server_.reset();
  if (options_.dns_hook.empty()) return;
  const std::string problem =
      run_dns_hook(*options_.starter, options_.dns_hook, "cleanup", dns_name(challenge), challenge.dns_value, stop_);
  if (!problem.empty()) log::warn("dns_record_left", {{"name", dns_name(challenge)}, {"cause", problem}});
}

}  // namespace faasta::certificates
