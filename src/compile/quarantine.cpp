#include "compile/quarantine.hpp"

#include "base/log.hpp"
#include "engine/seal.hpp"

namespace faasta::compile {

bool quarantine_altered(const engine::Engine& engine, store::Artifacts& artifacts, const Sha256& sha256, Read read) {
  bool found = false;
  const auto judge = [&](const std::filesystem::path& file, const engine::FileIdentity& identity) {
    const Result<> good =
        read == Read::all ? engine::check(engine, file, identity) : engine::check_in_cache(engine, file, identity);
    // A missing file needs no quarantine.
    if (good || good.error().code != Code::artifact_altered) return;
    found = artifacts.quarantine(file, good.error().detail) || found;
  };
  judge(artifacts.compiled(sha256), {engine::FileKind::code, sha256});
  // This must be done before the image is renamed, because the image names the code.
  if (const auto code = artifacts.code_of(sha256))
    judge(artifacts.shared(*code), {engine::FileKind::shared_code, *code});
  judge(artifacts.image(sha256), {engine::FileKind::image, sha256});
  return found;
}

void quarantine_all(store::Artifacts& artifacts, const Sha256& sha256, std::string_view why) {
  artifacts.quarantine(artifacts.compiled(sha256), why);
  // This must be done before the image is renamed, because the image names the code.
  if (const auto code = artifacts.code_of(sha256)) artifacts.quarantine(artifacts.shared(*code), why);
  artifacts.quarantine(artifacts.image(sha256), why);
}

}  // namespace faasta::compile
