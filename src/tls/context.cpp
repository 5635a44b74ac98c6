#include "tls/context.hpp"

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/text.hpp"
#include "tls/certificate_set.hpp"
#include "tls/ticket_keys.hpp"

namespace faasta::tls {
namespace {

/// The ciphers of TLS 1.2 that HTTP/2 allows. RFC 7540 forbids all others (appendix A).
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519MLKEM768:X25519:P-256";

/// The length of the longest record (RFC 8446 section 5.2). With a buffer of this size, AWS-LC can read a whole record
/// at once.
constexpr std::size_t kReadAheadBytes = (16U << 10U) + 256 + 5;

/// The list of protocols of a CA that looks at a proof tls-alpn-01. It offers this protocol alone (RFC 8737 section 3).
constexpr std::string_view kProofAlone =
    "\x0a"
    "acme-tls/1";

/// Whether the client's extension application_layer_protocol_negotiation (RFC 7301) has this list.
bool offers_proof_alone(SSL* session) {
  const std::uint8_t* list = nullptr;
  std::size_t size = 0;
  constexpr std::size_t kLengthBytes = 2;
  return SSL_client_hello_get0_ext(session, TLSEXT_TYPE_application_layer_protocol_negotiation, &list, &size) == 1 &&
         size > kLengthBytes &&
         std::string_view(reinterpret_cast<const char*>(list) + kLengthBytes, size - kLengthBytes) == kProofAlone;
}

HandshakeDecisions* decisions_of(const SSL* session) {
  return static_cast<HandshakeDecisions*>(SSL_get_app_data(session));
}

int on_client_hello(SSL* session, int* alert, void* /*unused*/) {
  HandshakeDecisions* const decisions = decisions_of(session);
  if (decisions == nullptr) return SSL_CLIENT_HELLO_ERROR;
  const char* const name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
  std::string server_name = name == nullptr ? std::string() : lowered(std::string_view(name));
  if (server_name.ends_with('.')) server_name.pop_back();
  const ShownCertificate* const shown =
      offers_proof_alone(session) ? decisions->prove(server_name) : decisions->choose(server_name);
  if (shown == nullptr) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_CLIENT_HELLO_ERROR;
  }
  if (SSL_set_SSL_CTX(session, shown->context.get()) == nullptr) return SSL_CLIENT_HELLO_ERROR;
  return SSL_CLIENT_HELLO_SUCCESS;
}

/// Chooses h2 if the client offers h2. Chooses the protocol of a proof only if the client offers no other protocol.
/// Refuses a client whose list has no protocol of ours (RFC 7301 section 3.2).
int choose_protocol(SSL* /*session*/, const std::uint8_t** out, std::uint8_t* out_length, const std::uint8_t* offered,
                    unsigned offered_length, void* /*unused*/) {
  if (std::string_view(reinterpret_cast<const char*>(offered), offered_length) == kProofAlone) {
    *out = offered + 1;
    *out_length = offered[0];
    return SSL_TLSEXT_ERR_OK;
  }
  for (const std::string_view ours : {std::string_view("h2"), std::string_view("http/1.1")}) {
    for (unsigned i = 0; i < offered_length; i += 1U + offered[i]) {
      const std::string_view theirs(reinterpret_cast<const char*>(offered) + i + 1, offered[i]);
      if (theirs != ours) continue;
      *out = offered + i + 1;
      *out_length = offered[i];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int on_ticket(SSL* session, std::uint8_t* name, std::uint8_t* iv, EVP_CIPHER_CTX* cipher, HMAC_CTX* hmac, int sealing) {
  HandshakeDecisions* const decisions = decisions_of(session);
  constexpr int kFailed = -1;
  if (decisions == nullptr) return sealing == 1 ? kFailed : 0;
  return decisions->tickets().use(name, iv, cipher, hmac, sealing == 1);
}

}  // namespace

Result<Context> make_context() {
  Context context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const raw = context.get();
  const bool made = raw != nullptr && SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1 &&
                    SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set_strict_cipher_list(raw, kCiphers) == 1 && SSL_CTX_set1_groups_list(raw, kGroups) == 1 &&
                    SSL_CTX_set_num_tickets(raw, 1) == 1 && SSL_CTX_set_tlsext_ticket_key_cb(raw, on_ticket) == 1 &&
                    SSL_CTX_set_read_ahead(raw, 1) == 1 &&
                    SSL_CTX_set_default_read_buffer_len(raw, kReadAheadBytes) == 1;
  if (!made) return fail(Code::certificate_invalid, "TLS cannot be set up: " + take_failure());
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_client_hello_cb(raw, on_client_hello, nullptr);
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  SSL_CTX_set_early_data_enabled(raw, 0);
  return context;
}

void begin_decisions(SSL* session, HandshakeDecisions& decisions) { SSL_set_app_data(session, &decisions); }
void end_decisions(SSL* session) { SSL_set_app_data(session, nullptr); }

}  // namespace faasta::tls
