#pragma once
// The landing page, the page for signing in, and the pages about domains and about the server.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/html.hpp"
#include "pages/frame.hpp"

namespace faasta::pages {

/// Texts of the operator about the server: each is a link, or a text without one. Empty: not shown.
struct PublicTexts {
  std::string contact;  ///< where to report abuse
  std::string terms;
  std::string privacy;
};

struct Landing {
  std::string base_domain;
  PublicTexts texts;
};
[[nodiscard]] Html landing_page(const Landing& landing);

struct SignIn {
  bool github = false;  ///< whether people sign in with GitHub
  std::string code;     ///< of a link that can be used once; empty: none
  std::string problem;  ///< why the last attempt failed
};
[[nodiscard]] Html sign_in_page(const SignIn& sign_in);

struct DomainLine {
  std::string host;
  std::string function;
  std::string state;
  std::string problem;
  std::optional<SystemTime> certified;
};
struct CertificateLine {
  std::string names;
  std::string source;
  SystemTime ends;
  std::int64_t days_left = 0;
  std::string problem;
};
struct DomainList {
  std::vector<DomainLine> domains;
  std::vector<CertificateLine> certificates;  ///< of the server; only the operator sees them
  std::string off;                            ///< why the server has no custom domains
};
[[nodiscard]] Html domains_page(const DomainList& list, const Viewer& viewer);

struct OwnerLine {
  std::string login;
  std::uint32_t functions = 0;
  std::uint64_t stored_bytes = 0;
  bool suspended = false;
};
struct ServerState {
  std::vector<std::pair<std::string, std::string>> figures;
  std::vector<OwnerLine> owners;
};
[[nodiscard]] Html server_page(const ServerState& state, const Viewer& viewer);

}  // namespace faasta::pages
