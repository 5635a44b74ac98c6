#pragma once
// The root certificate of a development server's authority, and the places where this user trusts it.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta::cli {

/// Returns the path of the root certificate that the CLI itself trusts, for servers of this machine:
/// `${XDG_CONFIG_HOME:-~/.config}/faasta/dev-root.pem`.
[[nodiscard]] std::filesystem::path dev_root_file();

/// A folder where a browser of the user looks for root certificates. It is a folder of the library NSS with a file
/// cert9.db.
struct TrustStore {
  std::string reader;  ///< "Firefox", "Chromium"
  std::filesystem::path folder;
};
/// Returns the stores of this user below `home`. Chromium's store is in the list even if it does not exist yet.
[[nodiscard]] std::vector<TrustStore> trust_stores(const std::filesystem::path& home);

/// Whether the text is one certificate in PEM form. False if the text also has a private key, because the key must stay
/// in its folder.
[[nodiscard]] bool is_one_certificate(std::string_view text);

}  // namespace faasta::cli
