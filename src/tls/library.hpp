#pragma once
// Owning pointers for AWS-LC's objects. Only src/tls includes AWS-LC's TLS headers (decision 32).

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace faasta::tls {

template <auto Free>
struct FreeWith {
  template <class Object>
  void operator()(Object* object) const noexcept {
    Free(object);
  }
};

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Context = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using X509Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;

/// Returns the reason of AWS-LC's last failure on this thread, and clears all failures of the thread.
[[nodiscard]] std::string take_failure();

}  // namespace faasta::tls
