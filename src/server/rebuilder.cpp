#include "server/rebuilder.hpp"

#include "base/log.hpp"
#include "compile/prepare.hpp"

namespace faasta::server {

void Rebuilder::ask(const Sha256& sha256) {
  {
    const std::scoped_lock lock(mutex_);
    if (!asked_.insert(sha256).second) return;
  }
  asio::post(pool_, [this, sha256] { rebuild(sha256); });
}

void Rebuilder::rebuild(const Sha256& sha256) {
  const store::Artifacts::Pin pin(artifacts_, sha256);
  const auto done = compile::prepare(compiler_, artifacts_, sha256, artifacts_.component(sha256), ceilings_);
  if (done) {
    log::info("rebuilt", {{"sha256", sha256.hex()}});
    rebuilt_(sha256);
  } else {
    log::error("rebuild_failed",
               {{"sha256", sha256.hex()}, {"code", info(done.error().code).name}, {"cause", done.error().detail}});
  }
  const std::scoped_lock lock(mutex_);
  asked_.erase(sha256);
}

}  // namespace faasta::server
