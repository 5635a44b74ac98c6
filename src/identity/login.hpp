#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "identity/browser_flow.hpp"
#include "identity/device_flow.hpp"
#include "identity/github.hpp"
#include "store/accounts.hpp"

namespace faasta::identity {

/// A new token, which the server shows only once, and its account.
struct SignedIn {
  std::string token;
  store::Bearer bearer;
};

/// The data that a client needs for a person who signs in on another device.
struct DeviceOffer {
  std::string device_code;
  std::string user_code;
  std::string verification_uri;
  std::chrono::seconds interval;
  std::chrono::seconds expires_in;
};

/// Signs people in with GitHub. Functions marked "Blocks" wait for GitHub or the catalog. Any thread may use it.
class Login {
 public:
  struct Options {
    bool device = true;
    std::vector<std::string>
        allowed_logins;  ///< compared without case; if this list and allowed_ids are empty, every person may sign in
    std::vector<std::int64_t> allowed_ids;
    std::chrono::days token_life{90};
    std::string own_page{};  ///< the page of this server to which a browser comes back that signs in to the dashboard
  };

  Login(GithubApp app, Options options, store::Accounts& accounts);

  [[nodiscard]] const GithubApp& app() const noexcept { return github_.app(); }
  [[nodiscard]] bool device() const noexcept { return options_.device; }

  struct Start {
    std::string location;        ///< URL at GitHub
    std::string state;           ///< identifies the cookie
    std::string browser_secret;  ///< value of the cookie
  };
  [[nodiscard]] Result<Start> start(LoginRequest request);
  [[nodiscard]] Result<Arrival> arrive(std::string_view state, std::string_view browser_secret);
  /// Blocks. Returns the URL for the browser: the client's loopback address, with a code or the name of an error.
  [[nodiscard]] std::string finish(Arrival arrival, std::string_view github_code);
  /// Returns the URL for the browser after a sign-in that failed at GitHub: the client's loopback address, with the
  /// name of the error.
  [[nodiscard]] static std::string finish(const Arrival& arrival, Code error);

  /// Blocks.
  [[nodiscard]] Result<SignedIn> redeem(std::string_view code, std::string_view code_verifier,
                                        std::string_view redirect_uri, std::string_view token_name);
  /// Blocks.
  [[nodiscard]] Result<DeviceOffer> start_device();
  /// Blocks. Fails with login_pending or login_slow_down as long as the client should try again.
  [[nodiscard]] Result<SignedIn> poll_device(std::string_view device_code, std::string_view token_name);

 private:
  [[nodiscard]] bool may_sign_in(const GithubUser& user) const;
  [[nodiscard]] Result<SignedIn> sign_in(const GithubUser& user, std::string_view token_name, std::string_view how);

  Github github_;
  Options options_;
  store::Accounts& accounts_;
  BrowserFlow browser_;
  DeviceFlow devices_{{}};
};

}  // namespace faasta::identity
