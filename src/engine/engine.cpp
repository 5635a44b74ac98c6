#include "engine/engine.hpp"

#include <engine.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "engine/failure.hpp"

namespace faasta::engine {

void Engine::Free::operator()(fe_engine* handle) const noexcept { fe_engine_free(handle); }

Result<std::shared_ptr<const Engine>> Engine::open(const Options& options) {
  std::vector<fe_bytes> reachable;
  reachable.reserve(options.reachable.size());
  for (const std::string& address : options.reachable) {
    reachable.push_back({reinterpret_cast<const std::uint8_t*>(address.data()), address.size()});
  }
  const fe_options raw{.memory_bytes = options.memory_bytes,
                       .all_memory_bytes = options.all_memory_bytes,
                       .slots = options.slots,
                       .keep_resident = options.keep_resident ? std::uint8_t{1} : std::uint8_t{0},
                       .clock = static_cast<std::uint8_t>(options.clock),
                       .quick_code = options.quick_code ? std::uint8_t{1} : std::uint8_t{0},
                       .reachable = reachable.data(),
                       .reachable_count = reachable.size(),
                       .ports = options.ports.data(),
                       .port_count = options.ports.size(),
                       .seal_key = options.seal_key ? options.seal_key->data() : nullptr};
  fe_error* error = nullptr;
  fe_engine* handle = fe_engine_new(&raw, &error);
  if (handle == nullptr) return fail(Code::engine_unusable, to_error(error).detail);
  return std::shared_ptr<const Engine>(new Engine(handle));
}

std::string Engine::fingerprint() const {
  const fe_bytes text = fe_engine_fingerprint(handle_.get());
  return {reinterpret_cast<const char*>(text.data), text.size};
}

void Engine::enter_thread() const noexcept { fe_engine_enter_thread(handle_.get()); }

void Engine::trim() const noexcept { fe_engine_trim(handle_.get()); }

std::optional<std::string> Engine::outbound_warning(std::string_view origin) const {
  fe_error* warning =
      fe_engine_judge(handle_.get(), {reinterpret_cast<const std::uint8_t*>(origin.data()), origin.size()});
  if (warning == nullptr) return std::nullopt;
  return to_error(warning).detail;
}

Result<> note_crashes(const std::filesystem::path& file) {
  fe_error* const error = fe_note_crashes(file.c_str());
  if (error == nullptr) return {};
  return std::unexpected(to_error(error));
}

bool machine_swaps() {
  std::ifstream swaps("/proc/swaps");
  std::string line;
  std::getline(swaps, line);  // skips the heading
  return static_cast<bool>(std::getline(swaps, line));
}

}  // namespace faasta::engine
