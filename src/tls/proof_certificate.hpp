#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "tls/certificate_set.hpp"

namespace faasta::tls {

/// Makes the certificate that shows a CA that this server has the name: proof tls-alpn-01, RFC 8737 section 3.
/// `digest`: SHA-256 of the key authorization.
[[nodiscard]] Result<std::shared_ptr<const ShownCertificate>> make_proof_certificate(
    const std::string& name, const std::array<std::uint8_t, 32>& digest);

}  // namespace faasta::tls
