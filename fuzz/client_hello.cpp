// Reads the first bytes of a TLS client, as a handshake does. The result must be the same for all bytes at once and for
// pieces. A certificate must be chosen at most once. A client that sends HTTP must get no byte of TLS.

#include <algorithm>
#include <optional>
#include <utility>

#include "fuzz.hpp"
#include "tls/certificate_set.hpp"
#include "tls/context.hpp"
#include "tls/stream.hpp"
#include "tls/ticket_keys.hpp"

namespace {

using namespace faasta;

constexpr std::string_view kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBlzCCATygAwIBAgIUBBL17Xx2tPdLO7ay3udJnUZ7u8gwCgYIKoZIzj0EAwIw\n"
    "ETEPMA0GA1UEAwwGYS50ZXN0MCAXDTI2MTEyOTAzMDkzMloYDzIxMjYxMTA1MDMw\n"
    "OTMyWjARMQ8wDQYDVQQDDAZhLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
    "AARx/HVCXq5puD7PYDv6QnTGY2g1c9CxrsUg34Nmm6TWPURCuEcC2vEjnhrZroJJ\n"
    "RDEbzGPpXVVeyjid6AGWhzNio3AwbjAdBgNVHQ4EFgQUYI5XW2WylvKesDt74eGu\n"
    "l7SS5rwwHwYDVR0jBBgwFoAUYI5XW2WylvKesDt74eGul7SS5rwwDwYDVR0TAQH/\n"
    "BAUwAwEB/zAbBgNVHREEFDASggZhLnRlc3SCCCouYi50ZXN0MAoGCCqGSM49BAMC\n"
    "A0kAMEYCIQDkJSEIWOw2vV0u/YVrf1yh6K7ajYfjfonsKAU4S7Sy4AIhAKHyyXRG\n"
    "bU9a2yqcR/fi9PJOnLDv+xc9sK9zx2jYPRNR\n"
    "-----END CERTIFICATE-----\n";
/// This key is used only by this fuzz target.
constexpr std::string_view kKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgl7+bLdzR+LhRDbai\n"
    "8nNbS6MYGsTKJHrL5V+JZDPGL72hRANCAARx/HVCXq5puD7PYDv6QnTGY2g1c9Cx\n"
    "rsUg34Nmm6TWPURCuEcC2vEjnhrZroJJRDEbzGPpXVVeyjid6AGWhzNi\n"
    "-----END PRIVATE KEY-----\n";

/// The parts that all handshakes share. The certificate is valid for a hundred years.
struct Share {
  Share() {
    auto certificate = tls::Certificate::parse(kCertificate, kKey, {"fuzz.crt", "fuzz.key"});
    FUZZ_CHECK(certificate.has_value());
    set = *tls::CertificateSet::make({*certificate});
    context = *tls::make_context();
    std::string folder = "/tmp/fuzz-client-hello-XXXXXX";
    FUZZ_CHECK(::mkdtemp(folder.data()) != nullptr);
    keys = *tls::TicketKeys::open(std::filesystem::path(folder) / "ticket-keys");
    std::filesystem::remove_all(folder);
  }

  std::shared_ptr<const tls::CertificateSet> set;
  tls::Context context;
  std::unique_ptr<tls::TicketKeys> keys;
};

Share& share() {
  static Share all;
  return all;
}

/// A client that sends `bytes` in pieces, and then nothing.
class Client final : public http::Stream {
 public:
  explicit Client(std::string& received) : received_(received) {}

  void send(std::string_view bytes) { bytes_ = bytes; }

  Moved read_now(std::span<char> into) override {
    const std::size_t bytes = bytes_.copy(into.data(), into.size());
    bytes_.remove_prefix(bytes);
    return {bytes, false};
  }
  void wait_readable(OnReadable /*done*/) override {}
  Moved write_now(std::string_view bytes) override {
    received_ += bytes;
    return {bytes.size(), false};
  }
  Task<bool> wait_writable() override { co_return true; }
  void cancel() override {}
  void shut_down() override {}
  void reset() override {}
  void close() override {}

 private:
  std::string& received_;
  std::string_view bytes_;
};

class Decisions final : public tls::HandshakeDecisions {
 public:
  const tls::ShownCertificate* choose(const std::string& server_name) override {
    FUZZ_CHECK(!name);
    FUZZ_CHECK(server_name.find('\0') == std::string::npos);
    FUZZ_CHECK(std::ranges::none_of(server_name, [](char c) { return c >= 'A' && c <= 'Z'; }));
    name = server_name;
    shown = share().set->find(server_name);
    return shown.get();
  }
  const tls::ShownCertificate* prove(const std::string& server_name) override {
    FUZZ_CHECK(!name);
    name = server_name;
    return nullptr;
  }
  tls::TicketKeys& tickets() override { return *share().keys; }

  std::optional<std::string> name;
  std::shared_ptr<const tls::ShownCertificate> shown;
};

struct Outcome {
  tls::TlsStream::Handshake state = tls::TlsStream::Handshake::waits;
  std::optional<std::string> name;
  bool in_the_clear = false;

  bool operator==(const Outcome&) const = default;
};

Outcome shake_hands(std::string_view bytes, std::size_t piece) {
  static asio::io_context loop;
  std::string received;
  auto client = std::make_unique<Client>(received);
  Client& sender = *client;
  Decisions decisions;
  tls::TlsStream stream(loop, std::move(client), {}, tls::Session(SSL_new(share().context.get())));
  tls::begin_decisions(stream.session(), decisions);
  Outcome out;
  do {
    sender.send(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    out.state = stream.shake_hands();
    FUZZ_CHECK(out.state != tls::TlsStream::Handshake::done);  // impossible without reading the server's answer
    FUZZ_CHECK(stream.unwritten() == 0);
  } while (out.state == tls::TlsStream::Handshake::waits && !bytes.empty());
  out.name = decisions.name;
  out.in_the_clear = stream.in_the_clear();
  FUZZ_CHECK(!out.in_the_clear || received.empty());
  tls::end_decisions(stream.session());
  return out;
}

}  // namespace

void fuzz(std::string_view input) {
  if (input.empty()) return;
  const std::size_t piece = static_cast<unsigned char>(input[0]) % 64U + 1;
  const std::string_view bytes = input.substr(1);
  const Outcome at_once = shake_hands(bytes, std::max<std::size_t>(1, bytes.size()));
  FUZZ_CHECK(shake_hands(bytes, piece) == at_once);
}
