#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace faasta::engine {

/// An outgoing request of a call.
struct SentRequest {
  SteadyTime began;           ///< when the guest sent it
  std::uint64_t took_us = 0;  ///< until the head of the answer, or until it was clear that none comes
  bool has_ended = false;     ///< false: neither had happened
  std::uint16_t status = 0;   ///< of the answer; 0: there is none
  std::string origin;         ///< scheme, host and port, cut to 64 bytes
};

}  // namespace faasta::engine
