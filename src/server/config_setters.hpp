#pragma once
// Functions that read the value of a key in a configuration file: one function for each kind of value.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/toml.hpp"
#include "server/lockdown_mode.hpp"
#include "tls/certificate.hpp"

namespace faasta::server {

/// Reads the value of one key. Returns an empty text if the value is valid, otherwise a description of the mistake.
using Setter = std::function<std::string(const toml::node&)>;

[[nodiscard]] Setter number(std::uint32_t& target, std::int64_t least, std::int64_t most);
[[nodiscard]] Setter number(std::optional<std::uint32_t>& target, std::int64_t least, std::int64_t most);
[[nodiscard]] Setter milliseconds(std::chrono::milliseconds& target, std::int64_t most);
/// Sets `target` if `wrong` returns an empty text for the value. Otherwise returns the description from `wrong`.
[[nodiscard]] Setter checked(std::string& target, std::string (*wrong)(std::string_view));
[[nodiscard]] Setter text(std::string& target);
[[nodiscard]] Setter flag(bool& target);
[[nodiscard]] Setter texts(std::vector<std::string>& target, std::string (*wrong)(std::string_view) = nullptr);
[[nodiscard]] Setter ids(std::vector<std::int64_t>& target);
[[nodiscard]] Setter ports(std::vector<std::uint16_t>& target);
[[nodiscard]] Setter path(std::filesystem::path& target);
/// Reads `[[tls.certificates]]`: tables with `certificate` and `key`.
[[nodiscard]] Setter certificate_pairs(std::vector<tls::CertificateFiles>& target);
[[nodiscard]] Setter level(log::Level& target);
[[nodiscard]] Setter lockdown(LockdownMode& target);
[[nodiscard]] Setter megabytes(std::uint64_t& bytes, std::int64_t most);

}  // namespace faasta::server
