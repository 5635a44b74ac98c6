#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "store/quota.hpp"
#include "store/secret_records.hpp"

namespace faasta::store {

class Connections;

/// The secrets of functions, as src/secrets seals them. Any thread may use it. Each change is one transaction, which
/// also appends to the audit log. A secret belongs to an owner and the name of a function, so it can be set before the
/// first deploy. The secrets of a function are deleted when the function is deleted, or given to
/// another owner without them (Catalog::transfer()).
class Secrets {
 public:
  explicit Secrets(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  /// Seals the value of one generation: returns the row for the value. It is called inside the transaction.
  using Seal =
      std::function<Result<SealedSecret>(std::string_view name, std::uint32_t generation, std::string_view value)>;
  /// Sets new generations of all `values`, or of none. Fails with name_taken if the function belongs to another owner,
  /// with env_invalid, or with quota_secrets. `defaults`: the default quota, for owners without their own figures.
  [[nodiscard]] Result<std::vector<SecretRecord>> set(const Actor& actor, const FunctionName& function,
                                                      const Variables& values, const Quota& defaults, const Seal& seal);
  /// Returns the live generation of each secret, sorted by name.
  [[nodiscard]] Result<std::vector<SecretRecord>> list(OwnerId owner, const FunctionName& function);
  /// Deletes all generations. Fails with secret_not_found.
  [[nodiscard]] Result<> remove(const Actor& actor, const FunctionName& function, std::string_view name);
  /// Deletes the newest generation, so that the one before is live again. Fails with secret_not_found if there is no
  /// generation before.
  [[nodiscard]] Result<SecretRecord> roll_back(const Actor& actor, const FunctionName& function, std::string_view name);

  /// Returns the sealed live values. Event loops call this function. It does not wait for other users of the catalog.
  [[nodiscard]] Result<std::vector<SealedSecret>> sealed(OwnerId owner, std::string_view function);
  /// Returns the names of the keys that have sealed the stored values.
  [[nodiscard]] Result<std::vector<std::string>> keys();
  /// Writes to the audit log that all values are sealed by the key `key`.
  [[nodiscard]] Result<> note_rotation(std::string_view key);
  /// Seals at most `most` values again that another key than `key` has sealed. Returns how many it found.
  [[nodiscard]] Result<std::size_t> reseal(std::string_view key, std::uint32_t most,
                                           const std::function<Result<SealedSecret>(const SealedPlace&)>& again);

 private:
  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
