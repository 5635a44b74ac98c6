#include "certificates/authority.hpp"

#include <certificates.h>

#include <algorithm>
#include <exception>
#include <ranges>
#include <utility>

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"
#include "base/sha256.hpp"

namespace faasta::certificates {
namespace {

constexpr std::uint64_t kMostAccountBytes = 64U << 10U;
constexpr unsigned kOwnerOnly = 0600;
constexpr std::uint64_t kLongestWait = 30ULL * 86'400;  // seconds

fe_bytes view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
std::string_view view(fe_bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

static_assert(static_cast<int>(Failure::Kind::bug) == FC_BUG && static_cast<int>(Failure::Kind::option) == FC_OPTION &&
              static_cast<int>(Failure::Kind::challenge) == FC_CHALLENGE);
static_assert(static_cast<int>(Proof::http_01) == FC_HTTP_01 &&
              static_cast<int>(Proof::tls_alpn_01) == FC_TLS_ALPN_01 && static_cast<int>(Proof::dns_01) == FC_DNS_01 &&
              static_cast<int>(Proof::dns_persist_01) == FC_DNS_PERSIST_01);

/// Takes the error.
Failure failure_of(fc_error* error) {
  Failure out{static_cast<Failure::Kind>(fc_error_kind(error)), std::string(view(fc_error_text(error))),
              std::chrono::seconds(std::min<std::uint64_t>(fc_error_retry_after(error), kLongestWait))};
  fc_error_free(error);
  return out;
}

Challenge challenge_of(const fc_challenge& raw) {
  Challenge out{.proof = static_cast<Proof>(raw.proof),
                .name = std::string(view(raw.name)),
                .wildcard = raw.wildcard == 1,
                .token = std::string(view(raw.token)),
                .key_authorization = std::string(view(raw.key_authorization)),
                .dns_value = std::string(view(raw.dns_value)),
                .issuers = {}};
  std::ranges::copy(raw.digest, out.digest.begin());
  for (const auto part : view(raw.issuers) | std::views::split(' '))
    if (!part.empty()) out.issuers.emplace_back(part.begin(), part.end());
  return out;
}

/// The context of an order's callbacks.
struct Presenting {
  Presenter& presenter;
  std::string problem;  ///< why a proof could not be made visible
};

/// Calls a member function of the presenter, which returns a problem's text or an empty text.
template <std::string (Presenter::*Member)(const Challenge&)>
std::uint8_t presents(void* context, const fc_challenge* raw) noexcept {
  auto& presenting = *static_cast<Presenting*>(context);
  try {
    presenting.problem = (presenting.presenter.*Member)(challenge_of(*raw));
  } catch (const std::exception& error) {
    presenting.problem = error.what();
  }
  return presenting.problem.empty() ? 1 : 0;
}

void clean_up(void* context, const fc_challenge* raw) noexcept {
  try {
    static_cast<Presenting*>(context)->presenter.clean_up(challenge_of(*raw));
  } catch (const std::exception& error) {
    log::error("proof_left", {{"cause", error.what()}});
  }
}

fc_client* new_client(const AuthorityOptions& options, fc_error*& error) {
  const fc_options raw{.directory = view(options.directory),
                       .roots = view(options.roots),
                       .contact = view(options.contact),
                       .binding_id = view(options.binding_id),
                       .binding_key = view(options.binding_key)};
  fc_client* client = nullptr;
  error = fc_client_new(&raw, &client);
  return client;
}

}  // namespace

std::filesystem::path AccountFolder::file(std::string_view directory) const {
  constexpr std::size_t kDigits = 16;
  return path / ("account-" + sha256(directory).hex().substr(0, kDigits) + ".json");
}

Result<std::optional<KeptAccount>> read_account(const AccountFolder& folder, std::string_view directory) {
  const std::filesystem::path file = folder.file(directory);
  std::error_code error;
  const bool exists = std::filesystem::exists(file, error);
  if (error) return fail(Code::io_error, file.string() + ": " + error.message());
  if (!exists) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string text, read_file(file, kMostAccountBytes));
  ASSIGN_OR_RETURN(const json::object kept, parse_object(text));
  const auto text_of = [&](std::string_view name) -> std::string {
    const json::value* const value = kept.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  return KeptAccount{text_of("credentials"), text_of("account")};
}

Authority::Authority(AuthorityOptions options, AccountFolder folder, fc_client* client)
    : options_(std::move(options)), folder_(std::move(folder)), client_(client) {}

Answer<std::unique_ptr<Authority>> Authority::make(AuthorityOptions options, AccountFolder folder) {
  fc_error* error = nullptr;
  fc_client* const client = new_client(options, error);
  if (error != nullptr) return std::unexpected(failure_of(error));
  return std::unique_ptr<Authority>(new Authority(std::move(options), std::move(folder), client));
}

Authority::~Authority() { fc_client_free(client_); }

void Authority::stop() noexcept {
  const std::scoped_lock lock(client_mutex_);
  stopped_ = true;
  fc_client_stop(client_);
}

Answer<bool> Authority::open() {
  if (opened_) return true;
  const auto kept = read_account(folder_, options_.directory);
  if (!kept) return std::unexpected(Failure{Failure::Kind::bug, kept.error().detail, {}});
  const std::string credentials = *kept ? (*kept)->credentials : std::string();
  if (fc_error* const error = fc_open(client_, view(credentials))) return std::unexpected(failure_of(error));
  account_ = view(fc_client_account(client_));
  if (credentials.empty()) {
    const json::object text{{"directory", options_.directory},
                            {"account", account_},
                            {"credentials", view(fc_client_credentials(client_))}};
    if (auto written = replace_file(folder_.file(options_.directory), json::serialize(text), kOwnerOnly, Durable::yes);
        !written)
      return std::unexpected(Failure{Failure::Kind::bug, written.error().detail, {}});
    log::info("certificate_account_made", {{"directory", options_.directory}, {"account", account_}});
  }
  opened_ = true;
  return true;
}

/// The CA has forgotten the account (a test CA forgets all accounts when it starts). The next call registers a new
/// account.
Answer<bool> Authority::forget_account() {
  fc_error* error = nullptr;
  fc_client* const fresh = new_client(options_, error);
  if (error != nullptr) return std::unexpected(failure_of(error));
  {
    const std::scoped_lock lock(client_mutex_);
    fc_client_free(std::exchange(client_, fresh));
    if (stopped_) fc_client_stop(client_);
  }
  opened_ = false;
  const std::filesystem::path file = folder_.file(options_.directory);
  std::error_code ignored;
  std::filesystem::rename(file, file.string() + ".forgotten", ignored);
  log::warn("certificate_account_forgotten", {{"directory", options_.directory}, {"account", account_}});
  return true;
}

Answer<Issued> Authority::obtain(const Order& order, Presenter& presenter) {
  std::vector<fe_bytes> names;
  for (const std::string& name : order.names) names.push_back(view(name));
  Presenting presenting{presenter, {}};
  const fc_order raw{.names = names.data(),
                     .name_count = names.size(),
                     .proofs = order.proofs,
                     .profile = view(order.profile),
                     .replaces_authority = view(order.replaces.authority),
                     .replaces_serial = view(order.replaces.serial),
                     .context = &presenting,
                     .present = presents<&Presenter::present>,
                     .wait = presents<&Presenter::wait>,
                     .clean_up = clean_up};
  for (const bool last : {false, true}) {
    fc_certificate* certificate = nullptr;
    auto opened = open();
    fc_error* const error = opened ? fc_obtain(client_, &raw, &certificate) : nullptr;
    if (opened && error == nullptr) {
      Issued out{std::string(view(fc_certificate_chain(certificate))),
                 std::string(view(fc_certificate_key(certificate)))};
      fc_certificate_free(certificate);
      return out;
    }
    Failure failure = opened ? failure_of(error) : std::move(opened.error());
    if (failure.kind == Failure::Kind::account && !last) {
      if (auto forgotten = forget_account(); !forgotten) return std::unexpected(std::move(forgotten.error()));
      continue;
    }
    if (!presenting.problem.empty()) failure.text = presenting.problem;
    return std::unexpected(std::move(failure));
  }
  std::unreachable();
}

Answer<std::optional<Window>> Authority::renewal(const tls::RenewalId& certificate) {
  if (auto opened = open(); !opened) return std::unexpected(std::move(opened.error()));
  fc_window raw{};
  fc_error* const error = fc_renewal(client_, view(certificate.authority), view(certificate.serial), &raw);
  if (error != nullptr) return std::unexpected(failure_of(error));
  if (raw.known == 0) return std::nullopt;
  return Window{SystemTime(std::chrono::seconds(raw.start)), SystemTime(std::chrono::seconds(raw.end)),
                std::chrono::seconds(raw.ask_again)};
}

}  // namespace faasta::certificates
