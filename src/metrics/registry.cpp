#include "metrics/registry.hpp"

namespace faasta::metrics {

std::shared_ptr<CallMetrics> Registry::of(FunctionId function, std::string_view name, OwnerId owner) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = functions_.find(function); found != functions_.end()) {
    found->second.owner = owner;  // the function may have been given to another owner
    if (!found->second.has_label) recent_.splice(recent_.begin(), recent_, found->second.used);
    return found->second.metrics;
  }
  if (recent_.size() >= kMost) drop_oldest();
  Entry entry{std::make_shared<CallMetrics>(), recent_.end(), std::string(name), owner};
  if (named_ < labels_) {
    entry.has_label = true;
    ++named_;
  } else {
    recent_.push_front(function);
    entry.used = recent_.begin();
  }
  return functions_.emplace(function, std::move(entry)).first->second.metrics;
}

std::shared_ptr<CallMetrics> Registry::find(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  const auto found = functions_.find(function);
  return found == functions_.end() ? nullptr : found->second.metrics;
}

void Registry::drop_oldest() {
  const auto oldest = functions_.find(recent_.back());
  gone_ += oldest->second.metrics->counts();
  dropped_.emplace_back(oldest->first, std::move(oldest->second.metrics));
  functions_.erase(oldest);
  recent_.pop_back();
}

void Registry::forget(FunctionId function) {
  const std::scoped_lock lock(mutex_);
  const auto found = functions_.find(function);
  if (found == functions_.end()) return;
  if (!found->second.has_label) {
    gone_ += found->second.metrics->counts();
    recent_.erase(found->second.used);
  } else {
    --named_;
  }
  functions_.erase(found);
}

Registry::Functions Registry::take_all() {
  const std::scoped_lock lock(mutex_);
  Functions out = std::exchange(dropped_, {});
  out.reserve(out.size() + functions_.size());
  for (const auto& [function, entry] : functions_) out.emplace_back(function, entry.metrics);
  return out;
}

std::vector<Registry::Known> Registry::of_owner(OwnerId owner) {
  const std::scoped_lock lock(mutex_);
  std::vector<Known> out;
  out.reserve(functions_.size());  // most servers have one owner
  for (const auto& [function, entry] : functions_)
    if (entry.owner == owner) out.push_back({function, entry.name, entry.metrics});
  return out;
}

Registry::Labelled Registry::labelled() {
  std::vector<std::pair<std::string, std::shared_ptr<CallMetrics>>> all_of_them;
  Labelled out;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [function, entry] : functions_)
      all_of_them.emplace_back(entry.has_label ? entry.name : std::string(), entry.metrics);
    out.other = gone_;
  }
  for (const auto& [name, metrics] : all_of_them) {
    if (name.empty())
      out.other += metrics->counts();
    else
      out.functions.emplace_back(name, metrics->counts());
  }
  return out;
}

}  // namespace faasta::metrics
