#pragma once

#include <map>
#include <mutex>
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
  explicit Issuers(std::vector<std::string> names) : names_(std::move(names)) {}

  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

  /// Checks a token: issuer, signature, audience and times. Returns its claims. Fails with trust_denied, whose detail
  /// names the claim that differs, or with issuer_unreachable. Blocks, if the keys of the issuer are not known.
  [[nodiscard]] Result<json::object> check(std::string_view token, std::string_view audience, SystemTime now);

 private:
  struct Keys {
    std::vector<WebKey> keys;
    SteadyTime fetched;
  };
  [[nodiscard]] Result<WebKey> key_of(const std::string& issuer, const std::string& id);
  [[nodiscard]] Result<std::vector<WebKey>> fetch(const std::string& issuer) const;

  const std::vector<std::string> names_;
  std::mutex mutex_;  ///< also held during a fetch, so that requests that come together fetch the keys once
  std::map<std::string, Keys, std::less<>> known_;
};

/// Returns the text of a claim. A number is written as text, because some issuers have ids as numbers. Empty: there is
/// none.
[[nodiscard]] std::string claim_text(const json::object& claims, std::string_view name);

}  // namespace faasta::identity
