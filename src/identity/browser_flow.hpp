#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "identity/expiring_map.hpp"
#include "identity/github.hpp"

namespace faasta::identity {

/// What a client that waits on a loopback port says when it sends the browser here.
struct LoginRequest {
  std::string redirect_uri;
  std::string state;
  std::string code_challenge;
  std::string code_challenge_method;
};

/// Fails with login_invalid and says what is wrong.
[[nodiscard]] Result<> check(const LoginRequest& request);
/// Whether `text` is exactly http://127.0.0.1:PORT/PATH or http://[::1]:PORT/PATH (RFC 8252 section 7.3).
[[nodiscard]] bool is_loopback_redirect(std::string_view text);

/// What goes out with the browser on its way to GitHub.
struct Departure {
  std::string state;           ///< ours, for GitHub to give back
  std::string code_challenge;  ///< ours, of a verifier that stays here
  std::string browser_secret;  ///< for a cookie: only the same browser may come back
};

/// A browser that came back from GitHub, and was expected.
struct Arrival {
  LoginRequest request;
  std::string code_verifier;  ///< for GitHub
};

/// Signing in with a browser: everything between the client's link and its token, but GitHub itself. Lives in memory
/// only; a sign-in that a restart interrupts is begun again. Any thread.
class BrowserFlow {
 public:
  struct Options {
    std::chrono::seconds at_github{600};
    std::chrono::seconds code{120};
    std::size_t most = 10'000;
    Clock clock = std::chrono::steady_clock::now;
  };

  explicit BrowserFlow(const Options& options);

  [[nodiscard]] Result<Departure> depart(LoginRequest request);
  /// Uses the state up, whoever comes with it. Fails with login_state_invalid.
  [[nodiscard]] Result<Arrival> arrive(std::string_view state, std::string_view browser_secret);
  /// A code for the client, which is good once.
  [[nodiscard]] std::string issue(LoginRequest request, GithubUser user);
  /// Uses the code up, whoever comes with it. Fails with login_code_invalid.
  [[nodiscard]] Result<GithubUser> redeem(std::string_view code, std::string_view code_verifier,
                                          std::string_view redirect_uri);

 private:
  struct Waiting {
    LoginRequest request;
    std::string code_verifier;
    Sha256 browser;
  };
  struct Issued {
    LoginRequest request;
    GithubUser user;
  };

  std::mutex mutex_;
  ExpiringMap<Waiting> at_github_;
  ExpiringMap<Issued> issued_;
};

}  // namespace faasta::identity
