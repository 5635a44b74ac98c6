#include "certificates/proofs.hpp"

#include "base/propagate.hpp"
#include "tls/proof_certificate.hpp"

namespace faasta::certificates {

std::string dns_name(const Challenge& challenge) {
  return (challenge.proof == Proof::dns_persist_01 ? "_validation-persist." : "_acme-challenge.") + challenge.name;
}

Result<> Proofs::add(const Challenge& challenge) {
  std::shared_ptr<const tls::ShownCertificate> made;
  if (challenge.proof == Proof::tls_alpn_01) {
    ASSIGN_OR_RETURN(made, tls::make_proof_certificate(challenge.name, challenge.digest));
  }
  const std::scoped_lock lock(mutex_);
  switch (challenge.proof) {
    case Proof::http_01:
      files_[challenge.token] = challenge.key_authorization;
      break;
    case Proof::tls_alpn_01:
      certificates_[challenge.name] = std::move(made);
      break;
    case Proof::dns_01:
      texts_.emplace(dns_name(challenge), challenge.dns_value);
      break;
    case Proof::dns_persist_01:
      break;
  }
  return {};
}

void Proofs::remove(const Challenge& challenge) {
  const std::scoped_lock lock(mutex_);
  files_.erase(challenge.token);
  if (challenge.proof == Proof::tls_alpn_01) certificates_.erase(challenge.name);
  const auto [first, last] = texts_.equal_range(dns_name(challenge));
  for (auto text = first; text != last; ++text) {
    if (text->second != challenge.dns_value) continue;
    texts_.erase(text);
    break;
  }
}

std::optional<std::string> Proofs::file(std::string_view token) const {
  const std::scoped_lock lock(mutex_);
  const auto found = files_.find(token);
  return found == files_.end() ? std::nullopt : std::optional(found->second);
}

std::shared_ptr<const tls::ShownCertificate> Proofs::certificate(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = certificates_.find(name);
  return found == certificates_.end() ? nullptr : found->second;
}

std::vector<DnsZone> Proofs::zones() const {
  const std::scoped_lock lock(mutex_);
  std::vector<DnsZone> out;
  for (const auto& [name, value] : texts_) {
    if (out.empty() || out.back().name != name) out.push_back({name, name_server_, {}});
    out.back().texts.push_back(value);
  }
  return out;
}

}  // namespace faasta::certificates
