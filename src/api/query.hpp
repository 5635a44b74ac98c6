#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace faasta::api {

/// The decoded query of a request. A query with an unknown parameter is refused, as JSON with an unknown field is.
class Query {
 public:
  /// Fails with bad_request on a wrong escape, and on a parameter that occurs twice and is not in `repeatable`. Fails
  /// with unknown_field on a parameter that is not in `known`.
  [[nodiscard]] static Result<Query> parse(std::string_view text, std::initializer_list<std::string_view> known,
                                           std::initializer_list<std::string_view> repeatable = {});
  /// Parses a query like parse(), with parameter names that are not constants.
  [[nodiscard]] static Result<Query> parse_named(std::string_view text, std::span<const std::string_view> known,
                                                 std::span<const std::string_view> repeatable);

  /// Parses the body of a form, or the query that a form made: `+` stands for a blank.
  [[nodiscard]] static Result<Query> parse_form(std::string text, std::span<const std::string_view> known);

  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  /// Fails with bad_request if the parameter exists and is not a number from `least` to `most`.
  [[nodiscard]] Result<std::optional<std::int64_t>> number(std::string_view name, std::int64_t least,
                                                           std::int64_t most) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// Decodes each %XX in `text`. Returns nothing if an escape is wrong or encodes a control character.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace faasta::api
