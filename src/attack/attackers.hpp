#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "attack/crowd.hpp"
#include "attack/throw_away_server.hpp"

namespace faasta::attack {

/// What an attacker of one trial works with.
struct Stage {
  ThrowAwayServer& server;
  const std::string& component;        ///< the functions of victim and attackers (guests/rust/attack.rs)
  std::string victim;                  ///< the victim's function
  std::vector<Person> owners;          ///< the attackers: one owner, or two
  std::vector<std::string> functions;  ///< the function of each
  std::uint64_t salt;                  ///< differs between trials
};

/// An attack under way, as far as it is more than requests.
struct Attack {
  std::vector<CrowdPlan> crowds;
  /// Called when the attack has ended. Returns a sentence if something happened that must not; empty otherwise.
  std::function<std::string()> breach = [] { return std::string(); };
};

/// One way to harm others.
struct Attacker {
  std::string name;
  std::string finding;  ///< of the attack report
  std::string does;
  bool processor;  ///< whether it uses up processor time: then another bound holds
  bool brief;      ///< whether it is a part of the short form
  /// Prepares the attack: deploys the functions that it calls.
  Result<Attack> (*prepare)(Stage&);
};

/// Owners against others: their functions.
[[nodiscard]] std::span<const Attacker> attacks_by_functions();
/// Strangers: connections and requests.
[[nodiscard]] std::span<const Attacker> attacks_by_strangers();
/// Owners against others: the API, deploys and loads.
[[nodiscard]] std::span<const Attacker> attacks_on_the_api();

/// Returns the bytes of a GET. `more`: further field lines, each with its line end.
[[nodiscard]] std::string get(const std::string& host, const std::string& target, const std::string& more = {});
/// Returns a plan whose requests are all the same.
[[nodiscard]] CrowdPlan repeated(std::string request, unsigned connections, Client from, unsigned addresses);
/// Returns the first of the addresses that the attacker with this number may use.
[[nodiscard]] Client addresses_of(std::size_t attacker);

}  // namespace faasta::attack
