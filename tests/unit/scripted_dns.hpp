#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "domains/verification.hpp"

namespace faasta::test {

/// A resolver whose answers the test sets. Names that the test does not mention have no record.
class ScriptedDns {
 public:
  std::map<std::string, std::vector<std::string>> texts;
  std::map<std::string, std::vector<std::string>> addresses;
  std::map<std::string, std::vector<certificates::CaaRecord>> authorizations;
  std::set<std::string> silent;                     ///< names for which there is no answer
  std::vector<std::string> asked;                   ///< the names of the questions, in order
  std::function<void(const std::string&)> on_text;  ///< called before a TXT record is answered
  SteadyTime now = std::chrono::steady_clock::now();

  [[nodiscard]] domains::Dns dns() {
    return {.texts =
                [this](const std::string& name) {
                  if (on_text) on_text(name);
                  return answer(texts, name);
                },
            .addresses = [this](const std::string& name) { return answer(addresses, name); },
            .authorizations = [this](const std::string& name) { return answer(authorizations, name); },
            .clock = [this] { return now; }};
  }

 private:
  template <class T>
  domains::Dns::Answer<T> answer(const std::map<std::string, std::vector<T>>& from, const std::string& name) {
    asked.push_back(name);
    if (silent.contains(name)) return std::unexpected("the resolver is silent");
    const auto found = from.find(name);
    return found == from.end() ? std::vector<T>() : found->second;
  }
};

}  // namespace faasta::test
