#include "server/rebuilder.hpp"

#include "base/log.hpp"

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
  auto compile = [&]() -> Result<> {
    auto code = artifacts_.temporary();
    if (!code) return std::unexpected(code.error());
    if (auto report = compiler_.compile(artifacts_.component(sha256), code->path(), ceilings_); !report)
      return std::unexpected(report.error());
    return code->move_to(artifacts_.compiled(sha256));
  };
  const Result<> done = compile();
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
