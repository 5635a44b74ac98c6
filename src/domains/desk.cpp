#include "domains/desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "base/propagate.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"

namespace faasta::domains {
namespace {

using store::DomainRecord;
using store::DomainState;

constexpr std::chrono::days kRegularly{7};
/// When a domain is checked again: after the resolver gave no answer, or the domain did not answer; after something
/// else is wrong.
constexpr std::chrono::hours kSoon{1};
constexpr std::chrono::days kDaily{1};
/// How long the TXT record may be gone until the name is released.
constexpr std::chrono::days kReleasedAfter{7};
/// How often the desk looks whether a regular check is due.
constexpr std::chrono::seconds kLook{60};
constexpr std::uint32_t kMostAtOnce = 100;
constexpr std::size_t kTokenBytes = 16;

store::NewDomain claim_of(const Host& host, std::string token) {
  return {host.name, host.look, host.international, std::move(token)};
}

/// Returns the rows; if they cannot be read, logs it and returns none.
template <class T>
std::vector<T> rows_of(Result<std::vector<T>> read) {
  if (read) return *std::move(read);
  log::error("domains_unreadable", {{"cause", read.error().detail}});
  return {};
}

}  // namespace

Result<store::Domains::Claimed> Desk::add(const Actor& actor, const FunctionName& name, std::string_view host) {
  ASSIGN_OR_RETURN(const Host parsed, parse_host(host, options_.base_domain));
  ASSIGN_OR_RETURN(auto claimed, parts_.store.add(actor, name, claim_of(parsed, random_hex(kTokenBytes)),
                                                  options_.quota, parts_.clock()));
  if (claimed.added) log::info("domain_added", {{"host", parsed.name}, {"function", name.str()}});
  return claimed;
}

Result<> Desk::may_retry(const DomainRecord& domain) const {
  if (domain.issued || !domain.failed || options_.retry.count() == 0) return {};
  const SystemTime now = parts_.clock();
  const SystemTime until = std::min<SystemTime>(*domain.failed, now) + options_.retry;
  if (now >= until) return {};
  return fail_for_now(Code::domain_waits, domain.problem, std::chrono::ceil<std::chrono::seconds>(until - now));
}

std::expected<void, Finding> Desk::look(const DomainRecord& domain) const {
  return verify({domain.host, domain.token, options_.base_domain, options_.addresses}, parts_.dns, parts_.issuer);
}

Result<DomainRecord> Desk::check(const Actor& actor, const FunctionName& name, std::string_view host) {
  ASSIGN_OR_RETURN(const Host parsed, parse_host(host, options_.base_domain));
  ASSIGN_OR_RETURN(const DomainRecord before, parts_.store.find(actor.owner, name, parsed.name));
  RETURN_IF_ERROR(may_retry(before));
  if (const auto right = look(before); !right) {
    note_finding(before, right.error());
    return std::unexpected(right.error().error);
  }
  const SystemTime now = parts_.clock();
  ASSIGN_OR_RETURN(const auto verified, parts_.store.verify(actor, before, claim_of(parsed, before.token),
                                                            options_.quota, now, now + kRegularly));
  if (verified.orders) {
    RETURN_IF_ERROR(parts_.order(parsed.name));
    log::info("domain_verified", {{"host", parsed.name}, {"function", name.str()}});
  } else if (verified.domain.issued) {
    RETURN_IF_ERROR(try_out(verified.domain));
  }
  return parts_.store.find(actor.owner, name, parsed.name);
}

Result<std::string> Desk::remove(const Actor& actor, const FunctionName& name, std::string_view host) {
  // A name that was accepted once can be removed, even if it would not be accepted any more.
  const auto parsed = parse_host(host, options_.base_domain);
  std::string known = parsed ? parsed->name : lowered(host);
  RETURN_IF_ERROR(parts_.store.remove(actor, name, known));
  log::info("domain_removed", {{"host", known}, {"function", name.str()}});
  tell();
  return known;
}

std::vector<std::string> Desk::addresses() const {
  return own_addresses({{}, {}, options_.base_domain, options_.addresses}, parts_.dns)
      .value_or(std::vector<std::string>());
}

std::vector<std::string> Desk::hosts_to_certify() const { return rows_of(parts_.store.to_certify()); }

void Desk::order_ended(const std::string& host, std::string problem) {
  const std::scoped_lock lock(mutex_);
  ended_.emplace_back(host, std::move(problem));
  wake_.notify_all();
}

void Desk::catalog_changed() {
  const std::scoped_lock lock(mutex_);
  changed_ = true;
  wake_.notify_all();
}

void Desk::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    step(stop);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kLook, [this] { return changed_ || !ended_.empty(); });
  }
}

bool Desk::has_news() {
  const std::scoped_lock lock(mutex_);
  return changed_ || !ended_.empty();
}

void Desk::step(const std::stop_token& stop) {
  std::vector<std::pair<std::string, std::string>> ended;
  bool changed = false;
  {
    const std::scoped_lock lock(mutex_);
    ended.swap(ended_);
    changed = std::exchange(changed_, false);
  }
  if (changed) tell();
  for (const auto& [host, problem] : ended) handle_order(host, problem);
  // An order whose end was not noticed, because the server ended before.
  for (const DomainRecord& domain : rows_of(parts_.store.ordered()))
    if (parts_.has_certificate(domain.host)) handle_order(domain.host, {});
  for (const DomainRecord& domain : rows_of(parts_.store.due(parts_.clock(), kMostAtOnce))) {
    if (stop.stop_requested()) return;
    check_regularly(domain);
    if (has_news()) return;  // a check may take half a minute; run() calls step() again at once
  }
}

void Desk::handle_order(const std::string& host, const std::string& problem) {
  const auto domain = parts_.store.holder(host);
  if (!domain || !*domain) return tell();  // it was removed while the order was under way
  const SystemTime now = parts_.clock();
  if (!problem.empty()) {
    counts_.failed.fetch_add(1, std::memory_order_relaxed);
    log::warn("domain_failed", {{"host", host}, {"function", (*domain)->function_name}, {"cause", problem}});
    return edit(**domain, [&](DomainRecord& row) {
      row.failed = now;
      row.problem = problem;
      // While an older certificate is valid, the domain goes on as it is.
      if (!row.issued) row.state = DomainState::failing;
    });
  }
  edit(**domain, [&](DomainRecord& row) {
    row.failed.reset();
    row.problem.clear();
    if (!row.issued) row.issued = now;
  });
  tell();
  static_cast<void>(try_out(**domain));
}

Result<> Desk::try_out(const DomainRecord& domain) {
  const auto tried = parts_.try_host(domain.host);
  const SystemTime now = parts_.clock();
  const bool was_live = domain.state == DomainState::live;
  edit(domain, [&](DomainRecord& row) {
    row.state = tried ? DomainState::live : DomainState::failing;
    row.problem = tried ? "" : tried.error();
    if (!tried) row.next_check = now + kSoon;
  });
  if (!tried) {
    counts_.failed.fetch_add(1, std::memory_order_relaxed);
    log::warn("domain_failed", {{"host", domain.host}, {"function", domain.function_name}, {"cause", tried.error()}});
    return fail(Code::domain_tls, tried.error());
  }
  if (!was_live) {
    counts_.live.fetch_add(1, std::memory_order_relaxed);
    log::info("domain_live", {{"host", domain.host}, {"function", domain.function_name}});
  }
  return {};
}

void Desk::note_finding(const DomainRecord& domain, const Finding& finding) {
  const SystemTime now = parts_.clock();
  edit(domain, [&](DomainRecord& row) {
    row.problem = finding.error.detail;
    if (!row.held()) return;
    if (finding.kind == Finding::Kind::no_answer) {
      row.next_check = now + kSoon;
      return;
    }
    row.state = DomainState::failing;
    row.next_check = now + kDaily;
    if (finding.kind == Finding::Kind::no_text) {
      row.missing = std::min(row.missing.value_or(now), now);
    } else {
      row.missing.reset();  // the TXT record is looked at first, and was right
    }
  });
}

void Desk::check_regularly(const DomainRecord& domain) {
  const auto right = look(domain);
  const SystemTime now = parts_.clock();
  if (right) {
    edit(domain, [&](DomainRecord& row) {
      row.checked = now;
      row.missing.reset();
      row.next_check = now + kRegularly;
    });
    // Without a certificate, the owner must ask for the next order with `check`.
    if (domain.issued) static_cast<void>(try_out(domain));
    return;
  }
  const Finding& finding = right.error();
  if (finding.kind == Finding::Kind::no_text && domain.missing && *domain.missing + kReleasedAfter <= now)
    return release(domain);
  log::warn("domain_check_failed",
            {{"host", domain.host}, {"function", domain.function_name}, {"cause", finding.error.detail}});
  note_finding(domain, finding);
}

void Desk::release(const DomainRecord& domain) {
  const std::string why =
      fmt::format("the TXT record {} has been gone for {} days", text_name(domain.host), kReleasedAfter.count());
  if (auto released = parts_.store.release(domain, why); !released) {
    log::error("domain_not_released", {{"host", domain.host}, {"cause", released.error().detail}});
    return;
  }
  counts_.released.fetch_add(1, std::memory_order_relaxed);
  log::warn("domain_released", {{"host", domain.host}, {"function", domain.function_name}, {"cause", why}});
  tell();
}

void Desk::tell() {
  const std::scoped_lock lock(telling_);
  const auto served = parts_.store.served();
  const auto certified = parts_.store.to_certify();
  if (!served || !certified) {
    log::error("domains_unreadable", {{"cause", (served ? certified.error() : served.error()).detail}});
    return;
  }
  std::map<std::string, std::string, std::less<>> functions;
  for (const store::ServedDomain& one : *served) functions.emplace(one.host, one.function_name);
  parts_.serve(std::move(functions));
  parts_.keep_certificates(*certified);
}

void Desk::edit(const DomainRecord& domain, const std::function<void(DomainRecord&)>& edit) {
  if (auto edited = parts_.store.edit(domain, edit); !edited)
    log::error("domain_not_noted", {{"host", domain.host}, {"cause", edited.error().detail}});
}

}  // namespace faasta::domains
