#include "tls/certificate_set.hpp"

#include "base/propagate.hpp"
#include "tls/context.hpp"

namespace faasta::tls {

Result<std::shared_ptr<const ShownCertificate>> show(std::shared_ptr<const Certificate> certificate) {
  auto shown = std::make_shared<ShownCertificate>();
  ASSIGN_OR_RETURN(shown->context, make_context());
  SSL_CTX* const context = shown->context.get();
  const auto& chain = certificate->chain();
  bool done = SSL_CTX_use_certificate(context, chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(context, certificate->key()) == 1;
  for (std::size_t i = 1; i < chain.size(); ++i) done = done && SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  if (!done) return fail(Code::certificate_invalid, "the certificate cannot be used: " + take_failure());
  shown->certificate = std::move(certificate);
  return shown;
}

Result<std::shared_ptr<const CertificateSet>> CertificateSet::make(
    std::vector<std::shared_ptr<const Certificate>> certificates) {
  auto set = std::make_shared<CertificateSet>();
  for (auto& certificate : certificates) {
    ASSIGN_OR_RETURN(auto shown, show(std::move(certificate)));
    for (const std::string& name : shown->certificate->names()) {
      auto& place = set->by_name_[name];
      if (!place || place->certificate->not_after() < shown->certificate->not_after()) place = shown;
    }
    set->all_.push_back(std::move(shown));
  }
  return set;
}

std::shared_ptr<const ShownCertificate> CertificateSet::find(std::string_view server_name) const {
  if (const auto exact = by_name_.find(server_name); exact != by_name_.end()) return exact->second;
  const std::size_t dot = server_name.find('.');
  if (dot == std::string_view::npos || dot == 0) return nullptr;
  const auto wildcard = by_name_.find("*" + std::string(server_name.substr(dot)));
  return wildcard == by_name_.end() ? nullptr : wildcard->second;
}

}  // namespace faasta::tls
