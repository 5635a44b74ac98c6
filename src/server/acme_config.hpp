#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace faasta::server {

/// The settings of `[acme]`; docs/certificates.md describes them.
struct AcmeConfig {
  std::string directory = "https://acme-v02.api.letsencrypt.org/directory";
  std::filesystem::path root;  ///< PEM: authorities that may have signed the directory's own certificate, in addition
                               ///< to the public ones
  std::string contact;         ///< "mailto:address" for the account, or empty
  std::string profile = "tlsserver";  ///< sent only if the CA lists this profile
  std::string proof = "dns-01";       ///< the proof for the base domain: dns-01 or dns-persist-01
  std::filesystem::path dns_hook;     ///< dns-01: a program that writes the record; empty: the own DNS server
  std::string dns_listen = "0.0.0.0:53";
  std::string resolver;  ///< "ADDRESS:PORT"; empty: those of the machine
  std::uint32_t dns_wait_s = 120;
  std::string binding_id;                  ///< external account binding; empty: none
  std::filesystem::path binding_key_file;  ///< the file with the key of this binding, in base64url
};

}  // namespace faasta::server
