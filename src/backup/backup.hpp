#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/audit_chain.hpp"

namespace faasta::backup {

/// What a backup contains beside the catalog, the components, the counts and the certificates.
struct Options {
  bool logs = false;  ///< the logs of functions
  bool keys = true;   ///< secrets.key
};

struct Summary {
  std::size_t components = 0;
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  store::AuditHead audit;
  std::vector<std::string> notes;  ///< state that is not in the backup, and the reason
};

/// Writes a backup of a data folder to `folder`, which must not exist. Servers may use the data folder meanwhile. The
/// backup has the state of one moment: the catalog, and the components that its versions name. `secrets_key`: the file
/// with the key of the secrets. If the result is an error, there is no folder.
[[nodiscard]] Result<Summary> make_backup(const std::filesystem::path& data, const std::filesystem::path& secrets_key,
                                          const std::filesystem::path& folder, const Options& options);

/// When the last backup of a data folder was made.
[[nodiscard]] std::optional<SystemTime> last_backup(const std::filesystem::path& data);

/// Checks each file of a backup, then copies it to a data folder, which must be empty or not exist. If it fails, no
/// file of the backup is in the data folder, except after a failure while the complete copy gets its names. Fails with
/// backup_damaged, also if the backup has a file that is of no backup.
[[nodiscard]] Result<Summary> restore_backup(const std::filesystem::path& folder, const std::filesystem::path& to);

}  // namespace faasta::backup
