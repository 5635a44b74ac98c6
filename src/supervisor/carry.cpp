#include "supervisor/carry.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace faasta::supervisor {
namespace {

constexpr const char* kVariable = "FAASTA_SUPERVISOR";
constexpr std::array<std::string_view, 3> kStates = {"starting", "serving", "draining"};

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t tab = line.find('\t');
    out.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return out;
    line.remove_prefix(tab + 1);
  }
}

int number(std::string_view text) {
  int out = -1;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

void stay_open(const Carried& carried, bool stays) {
  const int flags = stays ? 0 : FD_CLOEXEC;
  for (const Held& one : carried.held) static_cast<void>(::fcntl(one.descriptor, F_SETFD, flags));
  for (const auto& [process, control] : carried.controls) static_cast<void>(::fcntl(control, F_SETFD, flags));
}

}  // namespace

std::string to_text(const Carried& carried) {
  std::string out = carried.has_served ? "has\tserved\t1\t1\n" : "";
  for (const Held& one : carried.held)
    out += "held\t" + one.name + '\t' + one.place + '\t' + std::to_string(one.descriptor) + '\n';
  for (const Server& server : carried.servers) {
    const auto control = carried.controls.find(server.process);
    out += "server\t" + std::to_string(server.process) + '\t' +
           std::string(kStates[static_cast<std::size_t>(server.state)]) + '\t' +
           std::to_string(control == carried.controls.end() ? -1 : control->second) + '\n';
  }
  return out;
}

Carried parse_carried(std::string_view text) {
  Carried out;
  constexpr std::size_t kFields = 4;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto fields = split(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (fields.size() < kFields) continue;
    if (fields[0] == "has") out.has_served = out.has_served || fields[1] == "served";
    if (fields[0] == "held") {
      out.held.push_back({std::string(fields[1]), std::string(fields[2]), number(fields[3])});
    } else if (fields[0] == "server") {
      const auto* const state = std::ranges::find(kStates, fields[2]);
      if (state == kStates.end()) continue;
      out.servers.push_back({number(fields[1]), static_cast<Server::State>(state - kStates.begin())});
      if (const int control = number(fields[3]); control >= 0) out.controls[number(fields[1])] = control;
    }
  }
  return out;
}

std::string pack(const Carried& carried) {
  const std::string text = to_text(carried);
  const int memory = ::memfd_create("faasta-supervisor", 0);
  if (memory < 0 || ::write(memory, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::lseek(memory, 0, SEEK_SET) != 0)
    return std::string("memfd: ") + std::strerror(errno);
  ::setenv(kVariable, std::to_string(memory).c_str(), 1);
  stay_open(carried, true);
  return {};
}

std::optional<Carried> unpack() {
  const char* const value = std::getenv(kVariable);
  if (value == nullptr) return std::nullopt;
  const int memory = number(value);
  ::unsetenv(kVariable);
  std::string text;
  std::array<char, 4096> bytes{};
  for (ssize_t size = 0; (size = ::read(memory, bytes.data(), bytes.size())) > 0;)
    text.append(bytes.data(), static_cast<std::size_t>(size));
  ::close(memory);
  Carried out = parse_carried(text);
  stay_open(out, false);
  return out;
}

}  // namespace faasta::supervisor
