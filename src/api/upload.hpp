#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/form_data.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "http/exchange.hpp"

namespace faasta::api {

/// Reads a deploy from a request: the component alone (application/wasm), or a form with the part `settings` and then
/// the part `component`.
class Upload {
 public:
  /// `most`: the largest component, in bytes.
  Upload(http::Exchange& exchange, std::uint64_t most);

  /// Call this first. Returns the text of the part `settings`, or nothing if the component comes alone. Fails with
  /// unsupported_media_type if the body has another type.
  [[nodiscard]] Task<Result<std::optional<std::string>>> settings();
  /// Returns the size of the component if the client told it; after settings() was called. Of a form it may be too
  /// large by the bytes around the component.
  [[nodiscard]] std::uint64_t told_size() const;
  /// Returns the next bytes of the component. They are valid until the next call. Nothing after the last ones.
  [[nodiscard]] Task<Result<std::optional<std::string_view>>> next();

 private:
  [[nodiscard]] Task<Result<std::optional<std::string_view>>> next_bytes();
  [[nodiscard]] Task<Result<FormData::Piece>> next_piece();
  [[nodiscard]] Task<Result<std::string>> read_settings();

  http::Exchange& exchange_;
  const std::uint64_t most_;
  std::uint64_t received_ = 0;   ///< bytes of the body
  std::uint64_t component_ = 0;  ///< bytes of the component
  SteadyTime end_;
  std::optional<FormData> form_;
  std::string_view unread_;  ///< the rest of the bytes that were received last
};

}  // namespace faasta::api
