#pragma once
// The one error vocabulary of server and CLI. The codes and their texts are generated from docs/errors.md.

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace faasta {

enum class Code : std::uint16_t {
#define FAASTA_ERROR(code, name, status, exit, title, fix) name,
#include "error_table.inc"
#undef FAASTA_ERROR
};

/// What docs/errors.md says of one code.
struct CodeInfo {
  std::string_view id;     ///< as a person sees it: "F0404"
  std::string_view name;   ///< as logs and metrics show it: "component_core_module"
  std::uint16_t status;    ///< HTTP status of the problem document
  std::uint8_t exit_code;  ///< exit code of `faasta`
  std::string_view title;
  std::string_view fix;
};

[[nodiscard]] const CodeInfo& info(Code code) noexcept;
/// The code whose id is `id` ("F0404", any case).
[[nodiscard]] std::optional<Code> code_from_id(std::string_view id) noexcept;
/// The code whose name is `name` ("component_core_module").
[[nodiscard]] std::optional<Code> code_from_name(std::string_view name) noexcept;
[[nodiscard]] std::size_t code_count() noexcept;

/// A failure: the code says what kind, `detail` what exactly, in a sentence for the person who caused it.
struct Error {
  Code code;
  std::string detail;
  std::chrono::seconds retry_after{};  ///< when it is worth another try; 0: not said
  std::string fix{};                   ///< in place of the table's advice, where only the place of the failure knows it

  /// What to do about it.
  [[nodiscard]] std::string_view advice() const noexcept { return fix.empty() ? info(code).fix : fix; }
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Code code, std::string detail = {}) {
  return std::unexpected(Error{code, std::move(detail), {}, {}});
}

/// A failure with advice of its own.
[[nodiscard]] inline std::unexpected<Error> fail_with_advice(Code code, std::string detail, std::string fix) {
  return std::unexpected(Error{code, std::move(detail), {}, std::move(fix)});
}

/// A failure that passes by itself.
[[nodiscard]] inline std::unexpected<Error> fail_for_now(Code code, std::string detail, std::chrono::seconds wait) {
  return std::unexpected(Error{code, std::move(detail), wait, {}});
}

/// `code` with the text of errno `number`: "open /x: No such file or directory". ENOSPC and EDQUOT become disk_full.
[[nodiscard]] std::unexpected<Error> fail_errno(Code code, std::string_view what, int number);

}  // namespace faasta
