#pragma once
// The values of custom domains that the catalog stores.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace faasta::store {

/// `pending`: claimed; nobody has shown that the name is his. Several functions may claim the same name.
/// `verified`: the DNS records are right, and a certificate is ordered. `live`: the server has answered a request for
/// the name. `failing`: something is wrong; DomainRecord::problem says what. In the last three states the function
/// holds the name: no other function may have it.
enum class DomainState : std::uint8_t { pending, verified, live, failing };

inline constexpr std::array<std::string_view, 4> kDomainStates = {"pending", "verified", "live", "failing"};
[[nodiscard]] constexpr std::string_view name_of(DomainState state) {
  return kDomainStates[static_cast<std::size_t>(state)];
}

struct DomainRecord {
  std::string host;  ///< in lower case and ASCII: "www.example.com", "xn--bcher-kva.example"
  FunctionId function{};
  std::string function_name;
  OwnerId owner{};
  std::string token;  ///< the value of the TXT record that shows that the name is the owner's
  DomainState state = DomainState::pending;
  std::string problem;  ///< what was wrong at the last check or order; empty: nothing
  SystemTime created;
  std::optional<SystemTime> checked;     ///< when the records were right the last time
  std::optional<SystemTime> missing;     ///< since when the TXT record is gone
  std::optional<SystemTime> failed;      ///< when the last order failed; empty: it succeeded, or there was none
  std::optional<SystemTime> issued;      ///< when the name got its first certificate
  std::optional<SystemTime> next_check;  ///< when the server looks at the records by itself; empty while pending

  [[nodiscard]] bool held() const noexcept { return state != DomainState::pending; }
};

/// A claim of a name.
struct NewDomain {
  std::string host;
  std::string look;            ///< equal for names that look alike
  bool international = false;  ///< has other letters than those of ASCII: it may not look like another owner's name
  std::string token;
};

/// A name that the server serves.
struct ServedDomain {
  std::string host;
  std::string function_name;
};

/// How many domains an owner has, and how many certificates he ordered in the last day.
struct DomainUsage {
  std::uint32_t domains = 0;
  std::uint32_t orders_last_day = 0;
  std::optional<SystemTime> oldest_order;  ///< the oldest order of the last day
};

}  // namespace faasta::store
