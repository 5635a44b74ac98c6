#include "api/upload.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/request_body.hpp"
#include "base/propagate.hpp"
#include "base/text.hpp"

namespace faasta::api {
namespace {

using Kind = FormData::Piece::Kind;

constexpr std::chrono::seconds kPatience{30};  ///< the longest time between two chunks
constexpr std::chrono::minutes kTime{10};      ///< the time for the whole upload: 30 MiB at 50 KiB/s
/// The largest text of settings. The variables have at most 64 KiB, and each byte at most six characters in JSON.
constexpr std::uint64_t kMostSettings = 512U << 10U;
constexpr std::uint64_t kAroundParts = 16U << 10U;  ///< boundaries and heads of a form

}  // namespace

Upload::Upload(http::Exchange& exchange, std::uint64_t most)
    : exchange_(exchange), most_(most), end_(std::chrono::steady_clock::now() + kTime) {}

Task<Result<std::optional<std::string>>> Upload::settings() {
  const std::string_view type = exchange_.request().field("content-type").value_or("");
  const std::string_view essence = trimmed(type.substr(0, type.find(';')));
  if (same_ignoring_case(essence, "application/wasm")) {
    exchange_.limit_body(most_);
    co_return std::nullopt;
  }
  if (!same_ignoring_case(essence, "multipart/form-data"))
    co_return fail(Code::unsupported_media_type, "a component is sent as application/wasm, or in multipart/form-data");
  CO_ASSIGN_OR_RETURN(form_, FormData::begin(type));
  exchange_.limit_body(most_ + kMostSettings + kAroundParts);
  CO_ASSIGN_OR_RETURN(std::string text, co_await read_settings());
  co_return text;
}

Task<Result<std::string>> Upload::read_settings() {
  CO_ASSIGN_OR_RETURN(const auto first, co_await next_piece());
  if (first.kind != Kind::part || first.text != "settings")
    co_return fail(Code::bad_request, "the first part of the form is not 'settings'");
  std::string text;
  for (;;) {
    CO_ASSIGN_OR_RETURN(const auto piece, co_await next_piece());
    if (piece.kind != Kind::data) {
      if (piece.kind == Kind::part && piece.text == "component") co_return text;
      co_return fail(Code::bad_request, "the second part of the form is not 'component'");
    }
    if (text.size() + piece.text.size() > kMostSettings)
      co_return fail(Code::body_too_large, fmt::format("the settings have more than {} bytes", kMostSettings));
    text += piece.text;
  }
}

std::uint64_t Upload::told_size() const {
  const std::uint64_t told = exchange_.request().body_length.value_or(0);
  const std::uint64_t read = received_ - unread_.size();
  if (!form_) return told;
  // The last boundary is not a part of the component.
  const std::uint64_t around = read + kAroundParts;
  return told > around ? told - around : 0;
}

Task<Result<std::optional<std::string_view>>> Upload::next() {
  std::optional<std::string_view> out;
  if (!form_) {
    CO_ASSIGN_OR_RETURN(out, co_await next_bytes());
  } else {
    CO_ASSIGN_OR_RETURN(const auto piece, co_await next_piece());
    if (piece.kind == Kind::part) co_return fail(Code::bad_request, "the form has a part after 'component'");
    if (piece.kind == Kind::data) out = piece.text;
  }
  component_ += out ? out->size() : 0;
  if (component_ > most_) co_return fail(Code::component_too_large, fmt::format("more than {} bytes", most_));
  co_return out;
}

Task<Result<FormData::Piece>> Upload::next_piece() {
  for (;;) {
    CO_ASSIGN_OR_RETURN(const auto piece, form_->next(unread_));
    if (piece.kind != Kind::need_bytes) co_return piece;
    CO_ASSIGN_OR_RETURN(const auto bytes, co_await next_bytes());
    if (!bytes) co_return fail(Code::body_incomplete, "the form has no last boundary");
    unread_ = *bytes;
  }
}

Task<Result<std::optional<std::string_view>>> Upload::next_bytes() {
  exchange_.set_deadline(std::min(end_, std::chrono::steady_clock::now() + kPatience));
  const http::BodyPart part = co_await next_part(exchange_);
  switch (part.kind) {
    case http::BodyPart::Kind::data:
      received_ += part.data.size();
      co_return part.data;
    case http::BodyPart::Kind::end:
      exchange_.set_deadline(SteadyTime::max());
      co_return std::nullopt;
    case http::BodyPart::Kind::broken:
      co_return fail(Code::body_incomplete, fmt::format("it broke off after {} bytes", received_));
    case http::BodyPart::Kind::too_large:
      co_return fail(Code::component_too_large, fmt::format("more than {} bytes", most_));
    case http::BodyPart::Kind::pending:
      break;
  }
  co_return fail(Code::http_timeout, "the component did not arrive in time");
}

}  // namespace faasta::api
