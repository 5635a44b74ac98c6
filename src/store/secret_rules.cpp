#include "store/secret_rules.hpp"

#include <fmt/format.h>

namespace faasta::store::secret_rules {

std::vector<SecretRecord> live(std::span<const SecretGeneration> generations) {
  std::vector<SecretRecord> out;
  for (const auto& one : generations) {
    if (out.empty() || out.back().name != one.record.name) out.push_back(one.record);
    ++out.back().kept;
  }
  return out;
}

Result<> fits(std::span<const SecretGeneration> generations, const Variables& values) {
  std::size_t count = values.size();
  std::size_t bytes = 0;
  for (const auto& [name, value] : values) bytes += name.size() + value.size();
  std::string_view last;
  for (const auto& one : generations) {
    const bool newest = one.record.name != last;
    last = one.record.name;
    if (!newest || values.contains(one.record.name)) continue;
    ++count;
    bytes += one.record.name.size() + one.size;
  }
  if (count > kMostVariables)
    return fail(Code::env_invalid,
                fmt::format("the function would have {} secrets; {} are allowed", count, kMostVariables));
  if (bytes > kMostEnvironmentBytes) {
    return fail(Code::env_invalid, fmt::format("the secrets of the function would have {} bytes; {} are allowed", bytes,
                                               kMostEnvironmentBytes));
  }
  return {};
}

Result<> may_add(const SecretUsage& usage, std::uint32_t added, const Quota& quota) {
  if (quota.secrets == 0 || added == 0 || usage.secrets + added <= quota.secrets) return {};
  return fail(Code::quota_secrets, fmt::format("you have {} of {}", usage.secrets, quota.secrets));
}

std::vector<std::uint32_t> to_prune(std::span<const SecretRecord> generations) {
  std::vector<std::uint32_t> out;
  for (std::size_t i = kKeptGenerations; i < generations.size(); ++i) out.push_back(generations[i].generation);
  return out;
}

}  // namespace faasta::store::secret_rules
