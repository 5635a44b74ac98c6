#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace faasta::identity {

/// The OAuth app at github.com or at a GitHub Enterprise server.
struct GithubApp {
  std::string url;      ///< the page where people sign in: "https://github.com"
  std::string api_url;  ///< "https://api.github.com"
  std::string client_id;
  std::string client_secret;
  std::string callback_url;  ///< the callback URL of this server, as registered with the app
};

/// A person with an account at GitHub. The id stays the same when the person renames the login.
struct GithubUser {
  std::int64_t id = 0;
  std::string login;
};

/// GitHub's answer to the start of a sign-in on another device.
struct DeviceGrant {
  std::string device_code;
  std::string user_code;
  std::string verification_uri;
  std::chrono::seconds interval{5};
  std::chrono::seconds expires_in{900};
};

/// The state of a sign-in on another device.
enum class DeviceWait : std::uint8_t { pending, slow_down };
using DeviceState = std::variant<DeviceWait, GithubUser>;

/// Sends the OAuth requests to GitHub (RFC 6749, 7636 and 8628, with GitHub's own form of errors). Calls block for at
/// most 5 s. Any thread may use it. GitHub's token exists only during one call, and only serves to ask GitHub for the
/// person's id and login. The server requests no scope.
class Github {
 public:
  explicit Github(GithubApp app) : app_(std::move(app)) {}

  [[nodiscard]] const GithubApp& app() const noexcept { return app_; }
  /// Returns the URL where the browser can sign in.
  [[nodiscard]] std::string authorize_url(std::string_view state, std::string_view code_challenge) const;
  /// Sends the code that a browser brought back from GitHub, and returns the person. Fails with login_code_invalid,
  /// github_refused or github_unreachable.
  [[nodiscard]] Result<GithubUser> redeem(std::string_view code, std::string_view code_verifier) const;

  /// Starts a sign-in on another device. Fails with login_device_off if the app does not allow sign-ins on another
  /// device.
  [[nodiscard]] Result<DeviceGrant> start_device() const;
  /// Asks GitHub for the state of a sign-in on another device. Fails with login_denied, login_expired, github_refused
  /// or github_unreachable.
  [[nodiscard]] Result<DeviceState> poll_device(std::string_view device_code) const;

 private:
  [[nodiscard]] Result<GithubUser> user(std::string_view token, SteadyTime deadline) const;

  GithubApp app_;
};

}  // namespace faasta::identity
