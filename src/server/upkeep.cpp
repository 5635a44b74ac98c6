#include "server/upkeep.hpp"

#include <condition_variable>
#include <mutex>

#include "base/log.hpp"
#include "compile/quarantine.hpp"

namespace faasta::server {

/// Compares the compiled files that are in the page cache with their seals, so that no request has to wait for this
/// check. Other files are checked when they are loaded.
void Upkeep::check_cached(const std::stop_token& stop) {
  const auto components = parts_.artifacts.compiled_components();
  for (const Sha256& sha256 : components) {
    if (stop.stop_requested()) return;
    notice_changes();  // between two components, because comparing all of them may take long
    if (compile::quarantine_altered(parts_.engine, parts_.artifacts, sha256, compile::Read::what_is_cached))
      static_cast<void>(parts_.rebuild(sha256));
  }
  log::info("cached_files_checked", {{"components", components.size()}});
}

/// Whether the operator has deleted something since the last call. Only then can there be unused files.
bool Upkeep::operator_deleted() {
  bool out = false;
  const auto read = parts_.audit.for_each(seen_audit_row_, [&](const store::AuditRow& row) {
    seen_audit_row_ = row.id;
    out = row.action == "delete" && row.actor == "operator";
    return !out;
  });
  return out || !read;
}

void Upkeep::run(const std::stop_token& stop) {
  seen_audit_row_ = parts_.audit.rows().value_or(0);  // the start deletes the files of earlier deletions
  check_cached(stop);
  for (const Sha256& runtime : parts_.runtimes.find()) static_cast<void>(parts_.rebuild(runtime));
  collect();
  constexpr std::chrono::milliseconds kInterval{500};
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, stop, kInterval, [&stop] { return stop.stop_requested(); })) {
    if (parts_.artifacts.must_collect()) collect();
    notice_changes();
    parts_.drop_idle_uploads();
  }
}

/// Looks whether another process has changed the catalog.
void Upkeep::notice_changes() {
  const auto changed = parts_.catalog.changed_outside();
  if (!changed || !*changed) return;
  parts_.forget_routes();
  if (operator_deleted()) collect();
}

}  // namespace faasta::server
