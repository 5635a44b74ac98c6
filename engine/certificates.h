/* Obtains certificates from a certificate authority (CA) by ACME (RFC 8555), with renewal information (RFC 9773). This
 * header has one function for each need of Faasta, and shows nothing of the library that does the work
 * (docs/decisions/0038). fe_bytes and the rules for views and unwinding are those of engine.h.
 *
 * Ownership  The caller owns a handle that *_new, fc_open or fc_obtain returns, until it calls *_free. Freeing NULL
 *            does nothing.
 * Threads    The functions that talk to the CA may block for minutes: call them on a thread that may block. Only one
 *            thread at a time may use a handle, but any thread may call fc_client_stop.
 * Callbacks  The callbacks of fc_order are called on the thread that called fc_obtain. They may block. They must not
 *            throw or call a function of this header. */
#ifndef FAASTA_CERTIFICATES_H
#define FAASTA_CERTIFICATES_H
#include "engine.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct fc_client fc_client;
typedef struct fc_certificate fc_certificate;
typedef struct fc_error fc_error;

/* Errors. A function that can fail returns NULL after a success, otherwise an error, which the caller must free. */
typedef enum fc_kind {
  FC_UNREACHABLE = 0, /* no usable answer from the CA: the network, TLS or the CA failed. A later call may succeed */
  FC_REFUSED = 1,     /* the CA refused the request */
  FC_LIMITED = 2,     /* a rate limit of the CA; fc_error_retry_after may have the time to wait */
  FC_CHALLENGE = 3,   /* a proof failed at the CA, or `present` or `wait` failed */
  FC_ACCOUNT = 4,     /* the CA does not know the account: open a new account */
  FC_OPTION = 5,      /* an option is wrong: the address of the directory, a root certificate, the key of the binding */
  FC_STOPPED = 6,     /* fc_client_stop was called */
  FC_BUG = 7          /* a panic in the library: this call has failed, the process goes on */
} fc_kind;
fc_kind fc_error_kind(const fc_error*);
fe_bytes fc_error_text(const fc_error*);
/* Seconds that the CA asked to wait; 0: the CA named no time. */
uint64_t fc_error_retry_after(const fc_error*);
void fc_error_free(fc_error*);

/* A client of one CA. fc_client_new does not use the network. */
typedef struct fc_options {
  fe_bytes directory;  /* the CA's directory, "https://host[:port]/path" */
  fe_bytes roots;      /* PEM: certificates of authorities that may have signed the CA's own certificate, in addition to
                          the public ones; may be empty */
  fe_bytes contact;    /* "mailto:address" for a new account, or empty */
  fe_bytes binding_id; /* external account binding (RFC 8555 section 7.3.4): the id of the key; empty: no binding */
  fe_bytes binding_key; /* external account binding: the bytes of the key */
} fc_options;
fc_error* fc_client_new(const fc_options*, fc_client**);
/* Ends the call that is under way in this client, and each later call, with FC_STOPPED. */
void fc_client_stop(const fc_client*);
void fc_client_free(fc_client*);

/* Opens the account with these credentials. If `credentials` is empty, registers a new account and accepts the CA's
 * terms of service. Afterwards the caller must store the result of fc_client_credentials: it contains the account's
 * private key. Call this before the functions below. */
fc_error* fc_open(fc_client*, fe_bytes credentials);
fe_bytes fc_client_credentials(const fc_client*);
/* The account's URL at the CA. A record for dns-persist-01 contains it. */
fe_bytes fc_client_account(const fc_client*);

/* The ways to prove that a host name belongs to this server. Each is one bit. */
typedef enum fc_proof {
  FC_HTTP_01 = 1,       /* a file below http://NAME/.well-known/acme-challenge/ */
  FC_TLS_ALPN_01 = 2,   /* a certificate for the protocol acme-tls/1 (RFC 8737) */
  FC_DNS_01 = 4,        /* a TXT record _acme-challenge.NAME */
  FC_DNS_PERSIST_01 = 8 /* a lasting TXT record _validation-persist.NAME (draft-ietf-acme-dns-persist) */
} fc_proof;
/* The proof that the CA wants to see for one host name. */
typedef struct fc_challenge {
  fc_proof proof;
  fe_bytes name; /* without "*." */
  uint8_t wildcard;
  fe_bytes token;             /* HTTP_01: the file's name */
  fe_bytes key_authorization; /* HTTP_01: the file's content */
  uint8_t digest[32];         /* TLS_ALPN_01: SHA-256 of key_authorization */
  fe_bytes dns_value;         /* DNS_01: the record's value */
  fe_bytes issuers; /* DNS_PERSIST_01: the names of the CA that the record may contain, with a space between them */
} fc_challenge;
typedef struct fc_order {
  const fe_bytes* names; /* "example.com", "*.example.com" */
  size_t name_count;
  uint32_t proofs;  /* bits of fc_proof that may be used. If the CA offers several of them, the smallest is used */
  fe_bytes profile; /* not sent if the CA does not list this profile; may be empty */
  fe_bytes replaces_authority,
      replaces_serial; /* the certificate that this order renews: see fc_renewal; may be empty */
  void* context;
  /* Makes the proof visible and returns 1. If this fails, returns 0, and the order ends with FC_CHALLENGE. */
  uint8_t (*present)(void* context, const fc_challenge*);
  /* Waits until the proof can be seen and returns 1. Returns 0 as `present` does. Called for each challenge, after
   * `present` was called for all. */
  uint8_t (*wait)(void* context, const fc_challenge*);
  /* Called once for each challenge for which `present` was called, even if `present` returned 0. */
  void (*clean_up)(void* context, const fc_challenge*);
} fc_order;
/* Orders a certificate and waits until the CA has issued it. Makes a new private key: ECDSA on P-256. */
fc_error* fc_obtain(fc_client*, const fc_order*, fc_certificate**);
/* PEM: the certificate, then its chain. */
fe_bytes fc_certificate_chain(const fc_certificate*);
/* PEM, PKCS #8. */
fe_bytes fc_certificate_key(const fc_certificate*);
void fc_certificate_free(fc_certificate*);

/* When the CA wants a certificate to be renewed. Times are seconds since 1970. */
typedef struct fc_window {
  int64_t start, end;
  uint64_t ask_again; /* seconds until the CA should be asked again */
  uint8_t known;      /* 0: the CA does not have renewal information; the other members are then 0 */
} fc_window;
/* `authority`: the key identifier in the certificate's extension authorityKeyIdentifier; `serial`: the bytes of its
 * serial number in DER, without tag and length (RFC 9773 section 4.1). */
fc_error* fc_renewal(fc_client*, fe_bytes authority, fe_bytes serial, fc_window*);

#ifdef __cplusplus
}
#endif
#endif
