#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace faasta::cli {

/// Puts the entries of a function's log into blocks: the entry of a request, and then what the function wrote during
/// it. The log has the entry of a request last.
class RequestBlocks {
 public:
  using Entry = boost::json::object;
  /// Gets the entry of a request, or null for a function that writes much and has not ended yet; then its lines.
  using Take = std::function<void(const Entry* request, const std::vector<Entry>& lines)>;
  explicit RequestBlocks(Take take) : take_(std::move(take)) {}

  void add(const Entry& entry);

 private:
  static constexpr std::size_t kMostLines = 200;
  static constexpr std::size_t kMostRequests = 1000;
  Take take_;
  std::unordered_map<std::string, std::vector<Entry>> open_;
};

}  // namespace faasta::cli
