#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "identity/web_token.hpp"

namespace faasta::identity {

/// The services whose tokens say which CI job a client is (OpenID Connect), such as GitHub Actions. Any thread may use
/// it.
class Issuers {
 public:
  /// `names`: the URLs that the tokens have in `iss`, exactly.
  explicit Issuers(std::vector<std::string> names) : names_(std::move(names)) {
    for (const std::string& name : names_) known_[name];
  }

  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

  /// Checks a token: issuer, signature, audience and times. Returns its claims. Fails with trust_denied, whose detail
  /// names the claim that differs, or with issuer_unreachable. Blocks, if the keys of the issuer are not known.
  [[nodiscard]] Result<json::object> check(std::string_view token, std::string_view audience, SystemTime now);

 private:
  struct Keys {
    std::mutex fetching;  ///< held during a fetch, so that requests that come together fetch the keys once
    std::mutex mutex;     ///< of the members below; never held during a fetch
    std::vector<WebKey> keys;
    std::optional<SteadyTime> fetched;  ///< the last fetch that succeeded
    std::optional<SteadyTime> tried;    ///< the end of the last fetch
  };
  [[nodiscard]] static std::optional<WebKey> find_key(Keys& known, const std::string& id, SteadyTime now);
  [[nodiscard]] Result<WebKey> key_of(const std::string& issuer, const std::string& id);
  [[nodiscard]] Result<std::vector<WebKey>> fetch(const std::string& issuer) const;

  const std::vector<std::string> names_;
  std::map<std::string, Keys, std::less<>> known_;  ///< one entry for each name, from the start
};

/// Returns the text of a claim. A number is written as text, because some issuers have ids as numbers. Empty: there is
/// none.
[[nodiscard]] std::string claim_text(const json::object& claims, std::string_view name);

}  // namespace faasta::identity
