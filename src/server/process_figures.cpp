#include "server/process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

namespace faasta::server {
namespace {

/// Files in /proc report a size of 0, so they are read to their end.
std::string text_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Returns the time when the machine started, in seconds since 1970.
double boot_seconds() {
  const std::string text = text_of("/proc/stat");
  const std::size_t at = text.find("\nbtime ");
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + 7, nullptr);
}

/// Reads the fields of /proc/self/stat after the name, which can contain spaces. The first field after the name has the
/// number 3 in proc(5).
void read_stat(ProcessFigures& out) {
  const std::string text = text_of("/proc/self/stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream words(text.substr(name_end + 2));
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::string word;
  for (int field = 3; field <= 24 && words >> word; ++field) {
    const double value = std::strtod(word.c_str(), nullptr);
    if (field == 14 || field == 15) out.cpu_seconds += value / ticks;
    if (field == 20) out.threads = static_cast<std::uint64_t>(value);
    if (field == 22) out.start_seconds = boot_seconds() + value / ticks;
    if (field == 23) out.virtual_bytes = static_cast<std::uint64_t>(value);
    if (field == 24)
      out.resident_bytes = static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(::getpagesize());
  }
}

}  // namespace

ProcessFigures ProcessFigures::here() {
  ProcessFigures out;
  read_stat(out);
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc/self/fd", error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error))
    ++out.open_descriptors;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) out.most_descriptors = limit.rlim_cur;
  return out;
}

}  // namespace faasta::server
