#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/function_name.hpp"
#include "base/ids.hpp"
#include "store/domain_records.hpp"
#include "store/quota.hpp"

namespace faasta::store {

class Connections;

/// The custom domains of functions. Any thread may use it. Each change is one transaction. Functions with an `actor`
/// find only the domains of the owner that the actor names. A function that is deleted releases its domains.
class Domains {
 public:
  explicit Domains(std::shared_ptr<Connections> connections) : connections_(std::move(connections)) {}

  /// Claims a name for a function. If the function has this domain already, returns it unchanged; `added` says which.
  /// Fails with function_not_found, domain_taken, domain_look_alike or quota_domains.
  struct Claimed {
    DomainRecord domain;
    bool added = false;
  };
  [[nodiscard]] Result<Claimed> add(const Actor& actor, const FunctionName& name, const NewDomain& domain,
                                    const Quota& defaults, SystemTime now);
  /// Returns the domains of an owner, sorted by name.
  [[nodiscard]] Result<std::vector<DomainRecord>> of_owner(OwnerId owner);
  /// Fails with function_not_found if the owner has no function of this name.
  [[nodiscard]] Result<> check_function(OwnerId owner, const FunctionName& name);
  /// Fails with function_not_found or domain_not_found.
  [[nodiscard]] Result<DomainRecord> find(OwnerId owner, const FunctionName& name, std::string_view host);
  /// The records of the domain are right (`name`: its name): the function holds the name from now on. If the domain
  /// never had a certificate, and none is ordered, counts an order. Fails with domain_taken, domain_look_alike,
  /// quota_domain_orders or domain_not_found, and then changes nothing.
  struct Verified {
    DomainRecord domain;
    bool orders = false;  ///< an order was counted, and must be made now
  };
  [[nodiscard]] Result<Verified> verify(const Actor& actor, const DomainRecord& domain, const NewDomain& name,
                                        const Quota& defaults, SystemTime now, SystemTime next_check);
  /// Fails with domain_not_found.
  [[nodiscard]] Result<> remove(const Actor& actor, const FunctionName& name, std::string_view host);

  // The server itself uses the functions below, for domains of all owners.
  [[nodiscard]] Result<std::optional<DomainRecord>> holder(std::string_view host);
  [[nodiscard]] Result<std::vector<ServedDomain>> served();
  [[nodiscard]] Result<std::vector<std::string>> to_certify();
  [[nodiscard]] Result<std::vector<DomainRecord>> due(SystemTime now, std::uint32_t most);
  [[nodiscard]] Result<std::vector<DomainRecord>> ordered();
  /// Changes a domain. `edit` gets the domain as it is now. It is not called if the domain is gone, or was removed and
  /// added again since `domain` was read; this is no failure.
  [[nodiscard]] Result<> edit(const DomainRecord& domain, const std::function<void(DomainRecord&)>& edit);
  /// Takes the name from the function that holds it. `why` goes to the audit log. Does nothing in the same cases as
  /// edit().
  [[nodiscard]] Result<> release(const DomainRecord& domain, std::string_view why);

 private:
  std::shared_ptr<Connections> connections_;
};

}  // namespace faasta::store
