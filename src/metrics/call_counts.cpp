#include "metrics/call_counts.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <span>

#include "base/json.hpp"

namespace faasta::metrics {
namespace {

struct Field {
  std::string_view name;
  std::uint64_t CallCounts::* value;
};
constexpr std::array kSums = {
    Field{"cold", &CallCounts::cold_starts},
    Field{"cold_us", &CallCounts::cold_us},
    Field{"cpu_us", &CallCounts::cpu_us},
    Field{"log_lost", &CallCounts::log_bytes_lost},
};
constexpr std::array kHighest = {
    Field{"cold_worst_us", &CallCounts::cold_worst_us},
    Field{"peak_memory", &CallCounts::peak_memory_bytes},
};

std::uint64_t number(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() && value->get_int64() > 0
             ? static_cast<std::uint64_t>(value->get_int64())
             : 0;
}

/// Returns the values of an array that are not 0, as an object: {"12": 3} means that element 12 is 3.
json::object sparse(std::span<const std::uint64_t> values) {
  json::object out;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] > 0) out[std::to_string(i)] = values[i];
  return out;
}

void read_sparse(const json::object& from, std::string_view name, std::span<std::uint64_t> values) {
  const auto* value = from.if_contains(name);
  if (value == nullptr || !value->is_object()) return;
  for (const auto& [key, count] : value->get_object()) {
    std::size_t index = values.size();
    std::from_chars(key.data(), key.data() + key.size(), index);
    if (index < values.size() && count.is_int64()) values[index] = static_cast<std::uint64_t>(count.get_int64());
  }
}

}  // namespace

std::uint64_t CallCounts::calls() const noexcept {
  return std::accumulate(by_class.begin(), by_class.end(), std::uint64_t{0});
}

CallCounts& CallCounts::operator+=(const CallCounts& more) {
  for (std::size_t i = 0; i < by_class.size(); ++i) by_class[i] += more.by_class[i];
  for (const Field& field : kSums) this->*field.value += more.*field.value;
  for (const Field& field : kHighest) this->*field.value = std::max(this->*field.value, more.*field.value);
  durations += more.durations;
  for (const auto& [code, count] : more.failures) failures[code] += count;
  return *this;
}

CallCounts& CallCounts::operator-=(const CallCounts& before) {
  for (std::size_t i = 0; i < by_class.size(); ++i) by_class[i] -= before.by_class[i];
  for (const Field& field : kSums) this->*field.value -= before.*field.value;
  durations -= before.durations;
  for (const auto& [code, count] : before.failures) failures[code] -= count;
  std::erase_if(failures, [](const auto& item) { return item.second == 0; });
  return *this;
}

std::string CallCounts::to_stored() const {
  json::object out;
  out["class"] = sparse(by_class);
  for (const Field& field : kSums)
    if (this->*field.value > 0) out[field.name] = this->*field.value;
  for (const Field& field : kHighest)
    if (this->*field.value > 0) out[field.name] = this->*field.value;
  out["us"] = sparse(durations.counts);
  out["sum_us"] = durations.sum_us;
  json::object failed;
  for (const auto& [code, count] : failures) failed[info(code).name] = count;
  if (!failed.empty()) out["failures"] = std::move(failed);
  return to_text(out);
}

CallCounts CallCounts::from_stored(std::string_view text) {
  CallCounts out;
  const auto object = parse_object(text);
  if (!object) return out;
  read_sparse(*object, "class", out.by_class);
  for (const Field& field : kSums) out.*field.value = number(*object, field.name);
  for (const Field& field : kHighest) out.*field.value = number(*object, field.name);
  read_sparse(*object, "us", out.durations.counts);
  out.durations.sum_us = number(*object, "sum_us");
  if (const auto* failed = object->if_contains("failures"); failed != nullptr && failed->is_object()) {
    for (const auto& [name, count] : failed->get_object())
      if (const auto code = code_from_name(std::string_view(name)); code && count.is_int64())
        out.failures[*code] = static_cast<std::uint64_t>(count.get_int64());
  }
  return out;
}

std::string add_stored(std::string_view one, std::string_view other) {
  return (CallCounts::from_stored(one) += CallCounts::from_stored(other)).to_stored();
}

}  // namespace faasta::metrics
