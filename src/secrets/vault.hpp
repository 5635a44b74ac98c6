#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "secrets/keys.hpp"
#include "secrets/locked_memory.hpp"
#include "store/secrets.hpp"

namespace faasta::secrets {

/// The secrets of one function in the clear.
struct Opened {
  struct Secret {
    std::string name;
    std::string_view value;  ///< in `memory`
  };
  std::vector<Secret> secrets;
  LockedMemory memory;
};

/// Seals secrets for the catalog, and opens them for calls. Any thread may use it.
class Vault {
 public:
  /// `key_file`: made when the first secret is set, if `makes_key`.
  Vault(store::Secrets store, std::filesystem::path key_file, bool makes_key)
      : store_(std::move(store)), key_file_(std::move(key_file)), makes_key_(makes_key) {}

  /// See store::Secrets::set(). Also fails with secrets_unusable if there is no key.
  [[nodiscard]] Result<std::vector<store::SecretRecord>> set(const Actor& actor, const FunctionName& function,
                                                             const Variables& values, const store::Quota& defaults);
  /// Returns the secrets that `settings` requires and that are not set.
  [[nodiscard]] Result<std::vector<std::string>> missing(OwnerId owner, const FunctionName& function,
                                                         const FunctionSettings& settings);
  /// Opens the secrets that `settings` names and that are set. Fails with secrets_unusable if a required one is not
  /// set, or a value cannot be opened. Event loops call this function. It reads a file only if a value was sealed by a
  /// key that this object has not seen.
  [[nodiscard]] Result<Opened> open(OwnerId owner, std::string_view function, const FunctionSettings& settings);

  /// Seals a stored secret of a function again, as a secret of the owner `to`: a step of Catalog::transfer().
  [[nodiscard]] Result<store::SealedSecret> seal_for(OwnerId to, OwnerId from, const FunctionName& function,
                                                     const store::SealedSecret& secret);

  struct Rotation {
    std::string key;         ///< the id of the new key
    std::size_t values = 0;  ///< how many values were sealed again
  };
  /// Makes a new key, seals all values by it, and then removes the other keys. If this was interrupted, it goes on with
  /// the new key that is there. Servers may use the catalog meanwhile.
  [[nodiscard]] Result<Rotation> rotate();

  [[nodiscard]] store::Secrets& store() noexcept { return store_; }

 private:
  using Shared = std::shared_ptr<const Keys>;
  /// Reads the file again. Makes it first if that is wanted and the file is not there.
  [[nodiscard]] Result<Shared> read_keys(bool make);
  /// Returns the keys with the key `id`. Reads the file only if the known keys do not have it.
  [[nodiscard]] Result<Shared> keys_with(std::string_view id);

  store::Secrets store_;
  const std::filesystem::path key_file_;
  const bool makes_key_;
  std::mutex mutex_;
  Shared keys_;        ///< null: the file was not read yet
  std::string lost_;   ///< the id that was looked for last, and was not in the file
  SteadyTime looked_;  ///< when it was looked for
};

}  // namespace faasta::secrets
