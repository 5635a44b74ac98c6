#pragma once
// The steps of making a certificate that this server signs itself. Each returns null, false or an empty text if
// AWS-LC failed; take_failure() has the reason.

#include <chrono>
#include <string>

#include "tls/library.hpp"

namespace faasta::tls {

/// Makes a private key: ECDSA on P-256.
[[nodiscard]] PrivateKey make_key();
/// Makes a certificate without extensions and signature. It is valid from an hour ago.
[[nodiscard]] X509Certificate begin_certificate(EVP_PKEY* key, std::chrono::seconds life);
/// Adds a part of a distinguished name: "O", "CN".
[[nodiscard]] bool add_name(X509_NAME* name, const char* part, const std::string& text);
/// Adds an extension; `value` is in the form of OpenSSL's configuration files (x509v3_config(5)).
[[nodiscard]] bool add_extension(X509* to, X509* issuer, int nid, const std::string& value);
[[nodiscard]] std::string pem_of(const X509Certificate& certificate);
[[nodiscard]] std::string pem_of(const PrivateKey& key);

}  // namespace faasta::tls
