#include "certificates/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"

namespace faasta::certificates {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostStateBytes = 64U << 10U;
constexpr unsigned kOwnerOnly = 0600;
constexpr std::string_view kWildcard = "_.";  // how the name of a base domain's certificate begins
constexpr std::string_view kLive = "live", kIssued = "issued", kStates = "states", kRequests = "requests";
constexpr std::string_view kBegun = ".begun-";

std::int64_t number_of(SystemTime time) { return time.time_since_epoch().count(); }

/// Reads a number that may be missing.
Result<std::int64_t> number(const json::object& from, std::string_view name) {
  const json::value* const value = from.if_contains(name);
  if (value == nullptr) return 0;
  if (!value->is_int64()) return fail(Code::invalid_json, fmt::format("{} is not a number", name));
  return value->get_int64();
}

Result<SystemTime> time_of(const json::object& from, std::string_view name) {
  ASSIGN_OR_RETURN(const std::int64_t milliseconds, number(from, name));
  return SystemTime(std::chrono::milliseconds(milliseconds));
}

Result<std::string> text_of(const json::object& from, std::string_view name) {
  const json::value* const value = from.if_contains(name);
  if (value == nullptr) return std::string();
  if (!value->is_string()) return fail(Code::invalid_json, fmt::format("{} is not a text", name));
  return std::string(value->get_string());
}

/// Returns the certificate's name of a folder below "issued": the folder "example.com.1796000000000" has the name and a
/// number. Empty if the folder has another form.
std::string_view name_of(std::string_view entry) {
  const std::size_t point = entry.rfind('.');
  if (point == std::string_view::npos) return {};
  const bool has_number = entry.find_first_not_of("0123456789", point + 1) == std::string_view::npos;
  return has_number ? entry.substr(0, point) : std::string_view();
}

}  // namespace

std::string to_text(const RenewalState& state) {
  json::array orders;
  for (const SystemTime at : state.orders) orders.emplace_back(number_of(at));
  return json::serialize(json::object{{"orders", std::move(orders)},
                                      {"failures", std::int64_t{state.failures}},
                                      {"last_failure", number_of(state.last_failure)},
                                      {"last_success", number_of(state.last_success)},
                                      {"retry_after", std::int64_t{state.retry_after.count()}},
                                      {"problem", valid_utf8(state.problem)},
                                      {"window_certificate", state.window_certificate},
                                      {"window_start", number_of(state.window_start)},
                                      {"window_end", number_of(state.window_end)},
                                      {"chosen", number_of(state.chosen)},
                                      {"ask_again", number_of(state.ask_again)}});
}

Result<RenewalState> parse_state(std::string_view text) {
  ASSIGN_OR_RETURN(const json::object from, parse_object(text));
  RenewalState out;
  if (const json::value* const orders = from.if_contains("orders")) {
    if (!orders->is_array()) return fail(Code::invalid_json, "orders is not a list");
    for (const json::value& at : orders->get_array()) {
      if (!at.is_int64()) return fail(Code::invalid_json, "an order is not a number");
      out.orders.emplace_back(std::chrono::milliseconds(at.get_int64()));
    }
  }
  ASSIGN_OR_RETURN(const std::int64_t failures, number(from, "failures"));
  out.failures = static_cast<std::uint32_t>(std::clamp<std::int64_t>(failures, 0, UINT32_MAX));
  ASSIGN_OR_RETURN(out.last_failure, time_of(from, "last_failure"));
  ASSIGN_OR_RETURN(out.last_success, time_of(from, "last_success"));
  ASSIGN_OR_RETURN(const std::int64_t retry_after, number(from, "retry_after"));
  out.retry_after = std::chrono::seconds(retry_after);
  ASSIGN_OR_RETURN(out.problem, text_of(from, "problem"));
  ASSIGN_OR_RETURN(out.window_certificate, text_of(from, "window_certificate"));
  ASSIGN_OR_RETURN(out.window_start, time_of(from, "window_start"));
  ASSIGN_OR_RETURN(out.window_end, time_of(from, "window_end"));
  ASSIGN_OR_RETURN(out.chosen, time_of(from, "chosen"));
  ASSIGN_OR_RETURN(out.ask_again, time_of(from, "ask_again"));
  return out;
}

Result<Files> Files::open(const fs::path& folder) {
  for (const fs::path& part : {folder, folder / kLive, folder / kIssued, folder / kStates, folder / kRequests}) {
    if (auto made = make_folders(part); !made) return fail(Code::data_unusable, made.error().detail);
    std::error_code error;
    fs::permissions(part, fs::perms::owner_all, error);
    if (error) return fail(Code::data_unusable, fmt::format("{}: {}", part.string(), error.message()));
  }
  return Files(folder);
}

Result<Files> Files::existing(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder / kStates, error)) return Files(folder);
  if (error && error != std::errc::no_such_file_or_directory)
    return fail(Code::data_unusable, fmt::format("{}: {}", folder.string(), error.message()));
  return fail_with_advice(Code::data_unusable, folder.string() + " does not exist",
                          "Start the server once with the settings that get certificates from a CA, or name its data "
                          "folder with --data");
}

Result<RenewalState> Files::state(const std::string& name) const {
  const fs::path path = folder_ / kStates / (name + ".json");
  std::error_code error;
  if (!fs::exists(path, error) && !error) return RenewalState{};
  ASSIGN_OR_RETURN(const std::string text, read_file(path, kMostStateBytes));
  auto state = parse_state(text);
  if (state) return std::move(*state);
  log::warn("certificate_state_dropped", {{"file", path.string()}, {"cause", state.error().detail}});
  return RenewalState{};
}

Result<> Files::keep(const std::string& name, const RenewalState& state) const {
  return replace_file(folder_ / kStates / (name + ".json"), to_text(state), kOwnerOnly, Durable::yes);
}

Result<> Files::use(const std::string& name, const Issued& issued, SystemTime now) const {
  const std::string entry = fmt::format("{}.{}", name, number_of(now));
  const fs::path folder = folder_ / kIssued / entry;
  std::error_code error;
  fs::create_directory(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return fail(Code::io_error, fmt::format("{}: {}", folder.string(), error.message()));
  RETURN_IF_ERROR(replace_file(folder / "privkey.pem", issued.key, kOwnerOnly, Durable::yes));
  RETURN_IF_ERROR(replace_file(folder / "fullchain.pem", issued.chain, kOwnerOnly, Durable::yes));
  RETURN_IF_ERROR(sync_folder(folder_ / kIssued));
  const fs::path before = fs::read_symlink(live() / name, error).filename();
  RETURN_IF_ERROR(link(name, entry));
  // This also deletes a certificate that was written but not used, because of a crash.
  for (const auto& old : fs::directory_iterator(folder_ / kIssued, error)) {
    const std::string file = old.path().filename().string();
    if (name_of(file) == name && file != entry && file != before) fs::remove_all(old.path(), error);
  }
  return {};
}

Result<> Files::link(const std::string& name, const std::string& entry) const {
  const fs::path link = live() / name;
  const fs::path fresh = live() / ("." + name + ".new");
  std::error_code error;
  fs::remove(fresh, error);
  fs::create_directory_symlink(fs::path("..") / kIssued / entry, fresh, error);
  if (!error) fs::rename(fresh, link, error);
  if (error) return fail(Code::io_error, fmt::format("{}: {}", link.string(), error.message()));
  return sync_folder(live());
}

void Files::use_again(const std::string& name) const {
  std::error_code ignored;
  if (fs::is_symlink(live() / name, ignored)) return;
  std::string newest;  // the numbers have the same length until the year 2286
  for (const auto& entry : fs::directory_iterator(folder_ / kIssued, ignored)) {
    std::string file = entry.path().filename().string();
    if (name_of(file) == name && fs::exists(entry.path() / "fullchain.pem", ignored))
      newest = std::max(newest, std::move(file));
  }
  if (newest.empty()) return;
  if (auto linked = link(name, newest); !linked)
    log::warn("certificate_not_used_again", {{"name", name}, {"cause", linked.error().detail}});
}

Result<std::shared_ptr<const tls::Certificate>> Files::current(const std::string& name) const {
  const fs::path folder = live() / name;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return nullptr;
  for (const char* const file : {"fullchain.pem", "privkey.pem"})
    if (auto readable = open_file(folder / file, O_RDONLY); !readable) return std::unexpected(readable.error());
  auto read = tls::Certificate::read({folder / "fullchain.pem", folder / "privkey.pem"});
  if (!read) return nullptr;
  return std::move(*read);
}

bool Files::retire_others(const std::vector<std::string>& names) const {
  const std::unordered_set<std::string_view> kept(names.begin(), names.end());  // there may be thousands
  bool retired = false;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(live(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.')) continue;  // a link that is being made, or was left by a crash
    if (kept.contains(name)) continue;
    fs::remove(entry.path(), ignored);
    log::info("certificate_retired", {{"name", name}});
    retired = true;
  }
  delete_keys_of_others(kept);
  return retired;
}

void Files::delete_keys_of_others(const std::unordered_set<std::string_view>& names) const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_ / kIssued, ignored)) {
    const std::string file = entry.path().filename().string();
    if (file.starts_with(kWildcard) || names.contains(name_of(file))) continue;
    std::error_code error;
    fs::remove_all(entry.path(), error);
    if (error)
      log::warn("certificate_left", {{"folder", file}, {"cause", error.message()}});
    else
      log::info("certificate_deleted", {{"folder", file}});
  }
}

std::vector<std::string> Files::names() const {
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(live(), ignored)) {
    std::string name = entry.path().filename().string();
    if (!name.starts_with('.')) out.push_back(std::move(name));
  }
  std::ranges::sort(out);
  return out;
}

Result<> Files::request(const std::string& name) const {
  return replace_file(folder_ / kRequests / name, "", kOwnerOnly, Durable::no);
}

bool Files::is_requested(const std::string& name) const {
  std::error_code ignored;
  return fs::exists(folder_ / kRequests / name, ignored) || fs::exists(begun(name), ignored);
}

std::vector<std::string> Files::requested() const {
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_ / kRequests, ignored)) {
    std::string name = entry.path().filename().string();
    if (name.starts_with(kBegun)) name.erase(0, kBegun.size());
    out.push_back(std::move(name));
  }
  return out;
}

/// The request while its order is under way. After a crash, it counts as a request again. A name does not begin with a
/// point.
fs::path Files::begun(const std::string& name) const { return folder_ / kRequests / (std::string(kBegun) + name); }

void Files::begin_request(const std::string& name) const {
  std::error_code ignored;
  fs::rename(folder_ / kRequests / name, begun(name), ignored);
}

void Files::end_request(const std::string& name) const {
  std::error_code ignored;
  fs::remove(begun(name), ignored);
}

}  // namespace faasta::certificates
