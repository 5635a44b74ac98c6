// WebKey::verifies: the signatures of tokens, by AWS-LC.

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <memory>

#include "base/sha256.hpp"
#include "identity/web_token.hpp"

namespace faasta::identity {
namespace {

template <auto Free>
struct FreeBy {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Number = std::unique_ptr<BIGNUM, FreeBy<BN_free>>;
using Rsa = std::unique_ptr<RSA, FreeBy<RSA_free>>;
using Curve = std::unique_ptr<EC_KEY, FreeBy<EC_KEY_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, FreeBy<ECDSA_SIG_free>>;

constexpr unsigned kLeastRsaBits = 2048;
constexpr unsigned kMostRsaBits = 8192;
constexpr std::size_t kCoordinate = 32;  // bytes of a number of P-256

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

Number number_of(std::string_view bytes) { return Number(BN_bin2bn(bytes_of(bytes), bytes.size(), nullptr)); }

bool verifies_rsa(const WebKey& key, const WebToken& token, const Sha256& digest) {
  const Number modulus = number_of(key.first);
  const Number exponent = number_of(key.second);
  if (!modulus || !exponent) return false;
  const unsigned bits = BN_num_bits(modulus.get());
  if (bits < kLeastRsaBits || bits > kMostRsaBits) return false;
  const Rsa rsa(RSA_new_public_key(modulus.get(), exponent.get()));  // refuses other exponents than usual ones
  return rsa && RSA_verify(NID_sha256, digest.bytes.data(), digest.bytes.size(), bytes_of(token.signature),
                           token.signature.size(), rsa.get()) == 1;
}

bool verifies_p256(const WebKey& key, const WebToken& token, const Sha256& digest) {
  if (token.signature.size() != 2 * kCoordinate) return false;
  const Number x = number_of(key.first);
  const Number y = number_of(key.second);
  const Curve curve(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  if (!x || !y || !curve || EC_KEY_set_public_key_affine_coordinates(curve.get(), x.get(), y.get()) != 1) return false;
  const std::string_view signature(token.signature);
  Number r = number_of(signature.substr(0, kCoordinate));
  Number s = number_of(signature.substr(kCoordinate));
  const Signature both(ECDSA_SIG_new());
  if (!r || !s || !both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return false;
  static_cast<void>(r.release());  // `both` owns them
  static_cast<void>(s.release());
  return ECDSA_do_verify(digest.bytes.data(), digest.bytes.size(), both.get(), curve.get()) == 1;
}

}  // namespace

bool WebKey::verifies(const WebToken& token) const {
  const Sha256 digest = sha256(token.signed_text);
  if (kind == Kind::rsa) return token.algorithm == "RS256" && verifies_rsa(*this, token, digest);
  return token.algorithm == "ES256" && verifies_p256(*this, token, digest);
}

}  // namespace faasta::identity
