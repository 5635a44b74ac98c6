#include "cli/terminal/request_blocks.hpp"

#include "cli/terminal/json.hpp"

namespace faasta::cli {

void RequestBlocks::add(const Entry& entry) {
  const std::string request = text_field(entry, "request_id");
  if (text_field(entry, "kind") == "call") {
    const auto lines = open_.extract(request);
    take_(&entry, lines.empty() ? std::vector<Entry>() : lines.mapped());
    return;
  }
  if (open_.size() >= kMostRequests && !open_.contains(request)) open_.clear();  // requests whose end was lost
  std::vector<Entry>& lines = open_[request];
  lines.push_back(entry);
  if (lines.size() < kMostLines) return;
  take_(nullptr, lines);
  lines.clear();
}

}  // namespace faasta::cli
