#include "store/trust_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.hpp"
#include "base/text.hpp"

namespace faasta::store::trust_rules {
namespace {

std::optional<std::string> differs(std::string_view claim, std::string_view given) {
  constexpr std::size_t kShown = 200;
  const std::string shown = printable_line(std::string(given.substr(0, kShown)));
  return given.empty() ? fmt::format("{}: the token has none, and the trust names one", claim)
                       : fmt::format("{}: '{}' is not the one that is trusted", claim, shown);
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::optional<std::string> why_not(const Trust& trust, const Job& job) {
  if (trust.issuer != job.issuer) return differs("iss", job.issuer);
  if (lowered(trust.repository) != lowered(job.repository)) return differs("repository", job.repository);
  // Names can be given up and taken by somebody else; ids cannot. Without them, nothing could be pinned.
  if (job.repository_id.empty()) return "repository_id: the token has none";
  if (job.account_id.empty()) return "repository_owner_id: the token has none";
  if (!trust.repository_id.empty() && trust.repository_id != job.repository_id)
    return differs("repository_id", job.repository_id);
  if (!trust.account_id.empty() && trust.account_id != job.account_id)
    return differs("repository_owner_id", job.account_id);
  if (!trust.ref.empty() && trust.ref != job.ref) return differs("ref", job.ref);
  if (!trust.environment.empty() && trust.environment != job.environment)
    return differs("environment", job.environment);
  return std::nullopt;
}

Result<Trust> choose(const std::vector<Trust>& trusts, const Job& job, std::optional<OwnerId> holder) {
  std::vector<const Trust*> matching;
  std::string reason = "no repository of this issuer is trusted for the function";
  for (const Trust& trust : trusts) {
    if (holder && trust.owner != *holder) continue;
    const auto why = why_not(trust, job);
    if (why) reason = *why;
    if (!why) matching.push_back(&trust);
  }
  if (matching.empty()) return fail(Code::trust_denied, std::move(reason));
  // Anybody can trust any repository for a name that is not taken yet. The job must not deploy for a stranger.
  const auto is_others = [&](const Trust* trust) { return trust->owner != matching.front()->owner; };
  if (std::ranges::any_of(matching, is_others))
    return fail(Code::trust_denied, "function: several owners trust the repository, and none has the function yet");
  return *matching.front();
}

Result<> may_add(const Trust& trust, std::size_t there) {
  constexpr std::size_t kLongest = 255;
  const auto slash = trust.repository.find('/');
  const bool is_repository = slash != std::string::npos && slash > 0 && slash + 1 < trust.repository.size();
  for (const std::string* const text : {&trust.repository, &trust.ref, &trust.environment})
    if (text->size() > kLongest || !is_visible(*text))
      return fail(Code::bad_request,
                  "a text is longer than 255 bytes, or has a space or a character that is not ASCII");
  if (!is_repository) return fail(Code::bad_request, "'repository' is not OWNER/REPO");
  if (there >= kMostTrusts) return fail(Code::conflict, fmt::format("you have {} trusts, as many as allowed", there));
  return {};
}

}  // namespace faasta::store::trust_rules
