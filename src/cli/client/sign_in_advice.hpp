#pragma once
// How to sign in to a server that does not take a request's token: it depends on the server and on where the token is
// from.

#include <cstdint>
#include <string>

#include "cli/client/api_client.hpp"
#include "cli/terminal/problem.hpp"

namespace faasta::cli {

/// How the server of an API lets people in.
struct SignInOffer {
  bool single_owner = false;
  bool device = false;     ///< `faasta login --device` works
  std::string token_file;  ///< of a single owner: the file with the owner's token, if the server is on this machine
};
[[nodiscard]] SignInOffer offer_from_json(const boost::json::object& answer);

/// The command that signs the owner of a single-owner server in: "faasta login --with-token < FILE".
[[nodiscard]] std::string owner_login(const SignInOffer& offer);

/// `problem` with what the caller can do about it, if it is that the server takes no token, or not this one; else as it
/// is. May ask the server how it lets people in.
[[nodiscard]] Problem with_sign_in_advice(Problem problem, const ApiClient& api);

}  // namespace faasta::cli
