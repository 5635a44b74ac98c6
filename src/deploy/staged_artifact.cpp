#include "deploy/staged_artifact.hpp"

#include "base/propagate.hpp"

namespace faasta::deploy {

Result<std::unique_ptr<StagedArtifact>> StagedArtifact::create(store::Artifacts& artifacts, store::Catalog& catalog) {
  ASSIGN_OR_RETURN(auto file, artifacts.temporary());
  return std::unique_ptr<StagedArtifact>(new StagedArtifact(artifacts, catalog, std::move(file)));
}

StagedArtifact::~StagedArtifact() {
  if (!pin_) return;  // only the temporary file exists; its own destructor deletes it
  pin_.reset();       // before collect(), because collect() does not delete pinned files
  artifacts_.collect(sha256_, catalog_);
}

Result<> StagedArtifact::write(std::string_view bytes) {
  hash_.update(bytes);
  size_ += bytes.size();
  return write_all(file_.fd(), bytes);
}

Result<compile::Report> StagedArtifact::compile(const Compile& compile, const CallLimits& limits,
                                                std::chrono::microseconds& used) {
  pin_.emplace(artifacts_, sha256_);
  ASSIGN_OR_RETURN(auto report, compile(sha256_, file_.path(), limits, used));
  RETURN_IF_ERROR(file_.move_to(artifacts_.component(sha256_)));
  return report;
}

Task<> release(StagedArtifactPtr staged) {
  asio::thread_pool& pool = *staged.get_deleter().pool;
  auto destroy = [&staged] { const std::unique_ptr<StagedArtifact> owned(staged.release()); };
  co_await on(pool, destroy);
}

}  // namespace faasta::deploy
