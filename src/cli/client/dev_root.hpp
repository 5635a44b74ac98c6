#pragma once
// The root certificate of a development server's authority, and the places where this user trusts it.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace faasta::cli {

/// The copy that the CLI itself trusts, for servers of this machine:
/// `${XDG_CONFIG_HOME:-~/.config}/faasta/dev-root.pem`.
[[nodiscard]] std::filesystem::path dev_root_file();

/// A store of the user where a browser looks for roots: a folder of NSS with a cert9.db.
struct TrustStore {
  std::string reader;  ///< "Firefox", "Chromium"
  std::filesystem::path folder;
};
/// The stores of this user below `home`. Chromium's store is in the list even if it does not exist yet.
[[nodiscard]] std::vector<TrustStore> trust_stores(const std::filesystem::path& home);

/// Whether the text is one certificate in PEM form. A text that also has a private key is refused, because the key must
/// stay in its folder.
[[nodiscard]] bool is_one_certificate(std::string_view text);

}  // namespace faasta::cli
