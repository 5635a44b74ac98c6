#pragma once
// The root certificates by which the CLI checks the certificates of servers.

#include <filesystem>
#include <span>
#include <string>

#include "curl/curl.hpp"

namespace faasta::cli {

/// Returns the file with the roots of this system: the file that SSL_CERT_FILE names, or the first of `usual` that can
/// be read. Empty if there is none.
[[nodiscard]] std::filesystem::path system_roots(std::span<const char* const> usual);

/// Names the roots to libcurl: those of the system, and those of the file FAASTA_CA_FILE; for a server of this machine
/// also the root of `faasta trust`.
void set_roots(CURL* easy, const std::string& url);

}  // namespace faasta::cli
