#include "cli/client/dev_root.hpp"

#include <algorithm>
#include <system_error>

#include "cli/client/credentials.hpp"

namespace faasta::cli {

namespace fs = std::filesystem;

fs::path dev_root_file() { return Credentials::default_path().parent_path() / "dev-root.pem"; }

std::vector<TrustStore> trust_stores(const fs::path& home) {
  std::vector<TrustStore> out{{"Chromium", home / ".pki" / "nssdb"}};
  for (const fs::path& profiles : {home / ".mozilla" / "firefox", home / "snap/firefox/common/.mozilla/firefox"}) {
    std::error_code none;
    for (const auto& profile : fs::directory_iterator(profiles, none)) {
      if (fs::exists(profile.path() / "cert9.db", none)) out.push_back({"Firefox", profile.path()});
    }
  }
  std::ranges::sort(out, {}, &TrustStore::folder);
  return out;
}

bool is_one_certificate(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  const std::size_t at = text.find(kBegin);
  return at != std::string_view::npos && text.find("-----BEGIN ", at + kBegin.size()) == std::string_view::npos &&
         text.find("-----BEGIN ") == at && text.find("-----END CERTIFICATE-----") != std::string_view::npos;
}

}  // namespace faasta::cli
