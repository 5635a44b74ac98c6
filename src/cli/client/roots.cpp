#include "cli/client/roots.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/file.hpp"
#include "cli/client/dev_root.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kMostBytes = 16U << 20U;

constexpr std::array kUsualRoots = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Alpine, Gentoo, NixOS
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, Red Hat
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Red Hat
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine, BSD
};

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// Returns the file with roots beside those of the system. Empty if there is none.
std::string more_roots(const std::string& url) {
  if (std::string named = variable("FAASTA_CA_FILE"); !named.empty()) return named;
  const auto parsed = curl::Url::parse(url);
  const std::filesystem::path root = dev_root_file();
  return parsed && parsed->is_this_machine() && ::access(root.c_str(), R_OK) == 0 ? root.string() : std::string();
}

/// Whether libcurl was built for this system and knows its roots. The libcurl of `cargo install` was not.
bool libcurl_has_roots() {
  const curl_version_info_data* const info = curl_version_info(CURLVERSION_NOW);
  return info->cainfo != nullptr || info->capath != nullptr;
}

/// Gives libcurl both files as one text. False if one cannot be read.
bool set_both(CURL* easy, const std::filesystem::path& system, const std::string& more) {
  auto text = read_file(system, kMostBytes);
  const auto added = read_file(more, kMostBytes);
  if (!text || !added) return false;
  *text += '\n' + *added;
  curl_blob blob{text->data(), text->size(), CURL_BLOB_COPY};
  return curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK;
}

}  // namespace

std::filesystem::path system_roots(std::span<const char* const> usual) {
  if (std::string named = variable("SSL_CERT_FILE"); !named.empty()) return named;
  for (const char* const path : usual)
    if (::access(path, R_OK) == 0) return path;
  return {};
}

void set_roots(CURL* easy, const std::string& url) {
  const std::string more = more_roots(url);
  const bool knows = libcurl_has_roots();
  const std::filesystem::path system = system_roots(knows ? std::span<const char* const>() : kUsualRoots);
  if (!system.empty()) curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, system.c_str());
  if (!system.empty() && !more.empty() && set_both(easy, system, more)) return;
  // With CAINFO alone, Debian's libcurl still reads the system's roots, because it has a folder of them.
  if (const std::string file = more.empty() ? system.string() : more; !file.empty())
    curl_easy_setopt(easy, CURLOPT_CAINFO, file.c_str());
}

}  // namespace faasta::cli
