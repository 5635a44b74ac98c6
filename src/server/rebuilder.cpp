#include "server/rebuilder.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "compile/prepare.hpp"
#include "compile/quarantine.hpp"

namespace faasta::server {

std::optional<Error> Rebuilder::ask(const Sha256& sha256) {
  {
    const std::scoped_lock lock(mutex_);
    const auto [attempt, is_new] = attempts_.try_emplace(sha256);
    Attempt& known = attempt->second;
    if (!is_new && (known.under_way || std::chrono::steady_clock::now() < known.next)) return known.hopeless;
    known.under_way = true;
  }
  asio::post(pool_, [this, sha256] { rebuild(sha256); });
  return std::nullopt;
}

bool Rebuilder::busy() {
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(attempts_, [](const auto& attempt) { return attempt.second.under_way; });
}

void Rebuilder::rebuild(const Sha256& sha256) {
  const store::Artifacts::Pin pin(artifacts_, sha256);
  compile::quarantine_altered(engine_, artifacts_, sha256, compile::Read::all);
  const auto done = compile::prepare(compiler_, artifacts_, sha256, artifacts_.component(sha256), ceilings_);
  if (done) {
    log::info("rebuilt", {{"sha256", sha256.hex()}});
    rebuilt_(sha256);
  } else {
    log::error("rebuild_failed",
               {{"sha256", sha256.hex()}, {"code", info(done.error().code).name}, {"cause", done.error().detail}});
  }
  const std::scoped_lock lock(mutex_);
  if (done) {
    attempts_.erase(sha256);
    return;
  }
  Attempt& failed = attempts_[sha256];
  failed.under_way = false;
  failed.hopeless = done.error().code == Code::component_damaged ? std::optional(done.error()) : std::nullopt;
  failed.pause = std::clamp(failed.pause * 4, kFirstPause, kLongestPause);
  failed.next = std::chrono::steady_clock::now() + failed.pause;
}

}  // namespace faasta::server
