// Trials::damaged_files: files of other functions are damaged while the server is down, and while it runs.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "attack/heavy_component.hpp"
#include "attack/trial.hpp"
#include "base/propagate.hpp"
#include "base/sha256.hpp"

namespace faasta::attack {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr unsigned kFunctions = 9;

/// Returns the answer of the function with this number. It is as long as "hello\n".
std::string text_of(unsigned function) { return fmt::format("fn {:02}\n", function); }

/// Returns the component with another answer.
Result<std::string> with_text(std::string component, const std::string& text) {
  const std::size_t at = component.find("hello\n");
  if (at == std::string::npos) return fail(Code::attack_failed, "the component does not answer 'hello'");
  return component.replace(at, text.size(), text);
}

/// Writes a new file in the place of an old one: a file that is mapped keeps its content.
Result<> put(const fs::path& path, const std::string& bytes) { return replace_file(path, bytes, 0600, Durable::no); }

Result<> flip(const fs::path& path, std::uint64_t seed) {
  ASSIGN_OR_RETURN(auto bytes, read_file(path));
  // Somewhere in the first half, which has the machine code.
  const std::size_t at = 4096 + (seed * 7919) % (bytes.size() / 2);
  bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << (seed % 8)));
  return put(path, bytes);
}

Result<> exchange(const fs::path& one, const fs::path& other) {
  ASSIGN_OR_RETURN(const auto first, read_file(one));
  ASSIGN_OR_RETURN(const auto second, read_file(other));
  RETURN_IF_ERROR(put(one, second));
  return put(other, first);
}

Result<fs::path> compiled(const fs::path& data, const Sha256& digest) {
  std::error_code unreadable;
  for (const auto& folder : fs::directory_iterator(data / "compiled", unreadable))
    if (auto path = folder.path() / (digest.hex() + ".cwasm"); fs::exists(path, unreadable)) return path;
  return fail(Code::attack_failed, "there is no compiled file of " + digest.hex());
}

}  // namespace

Result<Trial> Trials::damaged_files() {
  Trial out{.name = "damaged-files", .finding = "B1 B2", .owners = 1, .figures = {}, .bounds = {}, .broken = {}};
  const std::uint64_t salt = ++trials_;
  ASSIGN_OR_RETURN(const Person owner, server_->sign_in(fmt::format("attacker-{}", salt)));
  std::vector<std::string> names;
  std::vector<Sha256> digests;
  for (unsigned i = 0; i < kFunctions; ++i) {
    ASSIGN_OR_RETURN(auto component, with_text(component_, text_of(i)));
    component = with_unused_functions(component, 1, (salt << 32U) + i);
    names.push_back(fmt::format("damaged-{}-{}", salt, i));
    digests.push_back(sha256(component));
    RETURN_IF_ERROR(server_->deploy(owner, names.back(), component, "&verify=false"));
  }
  server_->stop();
  std::vector<fs::path> files;
  for (const Sha256& digest : digests) {
    ASSIGN_OR_RETURN(files.emplace_back(), compiled(server_->data(), digest));
  }
  for (unsigned i = 0; i < 4; ++i) RETURN_IF_ERROR(flip(files[i], salt * 31 + i));
  RETURN_IF_ERROR(exchange(files[4], files[5]));
  std::error_code failed;
  fs::resize_file(files[6], fs::file_size(files[6]) / 2, failed);
  // The component itself is damaged, and its compiled file is missing: it must not be compiled.
  fs::remove(files[7], failed);
  RETURN_IF_ERROR(flip(server_->data() / "artifacts" / (digests[7].hex() + ".wasm"), salt));
  RETURN_IF_ERROR(server_->start());
  std::this_thread::sleep_for(milliseconds(500));

  std::vector<CrowdPlan> plans;
  for (unsigned i = 0; i < kFunctions; ++i) {
    plans.push_back(repeated(get(ThrowAwayServer::host(names[i]), "/"), 1, addresses_of(0), 1));
    plans.back().pause = milliseconds(50);
    plans.back().right = text_of(i);
  }
  // The last one is whole, and is cut while it is in use.
  std::jthread cut([this, &file = files.back()] {
    std::this_thread::sleep_for(during_);
    std::error_code ignored;
    fs::resize_file(file, 4096, ignored);
  });
  measure(out, plans);
  if (out.figures.attackers.wrong > 0)
    out.figures.breaches.push_back(fmt::format("{} wrong answers were served", out.figures.attackers.wrong));
  out.broken = broken(out.figures, out.bounds);
  return out;
}

}  // namespace faasta::attack
