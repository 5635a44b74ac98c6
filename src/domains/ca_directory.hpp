#pragma once

#include <expected>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace faasta::domains {

/// Asks a CA's directory for the names of the CA in CAA records (RFC 8555 section 7.1.1, `caaIdentities`). Keeps the
/// answer for a day. Any thread may use it.
class CaDirectory {
 public:
  /// `url`: the directory. `roots`: a PEM file with authorities that may have signed the directory's certificate, or
  /// empty.
  CaDirectory(std::string url, std::string roots) : url_(std::move(url)), roots_(std::move(roots)) {}

  /// Blocks, for at most some seconds. Empty: the CA has published no name. Fails with the reason.
  [[nodiscard]] std::expected<std::vector<std::string>, std::string> identities();

 private:
  const std::string url_;
  const std::string roots_;
  std::mutex mutex_;  ///< held while the CA is asked, so that it is asked once
  std::optional<std::vector<std::string>> names_;
  SteadyTime asked_;
};

/// Reads the names in a directory, which is JSON. Fails with the reason.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> identities_in(std::string_view directory);

}  // namespace faasta::domains
