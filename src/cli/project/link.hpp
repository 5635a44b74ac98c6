#pragma once
// The link of a project: where its functions were deployed. The file `.faasta/link.json` remembers it, so that a deploy
// to a server or an owner that nobody meant is noticed.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/function_name.hpp"
#include "cli/client/api_client.hpp"
#include "cli/terminal/output.hpp"

namespace faasta::cli {

/// A place to which a function was deployed.
struct Link {
  std::string server;  ///< "https://api.example.com"
  std::string function;
  std::int64_t owner_id = 0;  ///< the owner's number on this server; it stays when the login changes
  std::string owner;          ///< the login, for messages

  [[nodiscard]] bool same_place(const Link& other) const {
    return server == other.server && function == other.function && owner_id == other.owner_id;
  }
};

/// The links of one project.
class Links {
 public:
  /// Reads the file. A file that is missing or cannot be read has no links.
  [[nodiscard]] static Links load(const std::filesystem::path& project);
  /// Fails with wrong_function if the function was deployed, but never to this place.
  [[nodiscard]] Outcome<> check(const Link& link) const;
  /// Adds a link, and writes the file if it was not there.
  [[nodiscard]] Result<> add(const Link& link);

 private:
  explicit Links(std::filesystem::path project) : project_(std::move(project)) {}

  std::filesystem::path project_;
  std::vector<Link> links_;
};

/// Asks the server for the owner of the token, and returns the place of a deploy. Returns nothing if the server does
/// not say it; the deploy itself then has the error.
[[nodiscard]] std::optional<Link> link_of(const ApiClient& api, const FunctionName& function);

}  // namespace faasta::cli
