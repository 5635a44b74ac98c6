#pragma once
// The error codes that server and CLI share. The codes and their texts are generated from docs/errors.md.

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

/// The data of one row in the table of docs/errors.md.
struct CodeInfo {
  std::string_view id;     ///< the form that people see: "F0404"
  std::string_view name;   ///< the form in logs and metrics: "component_core_module"
  std::uint16_t status;    ///< HTTP status of the problem document
  std::uint8_t exit_code;  ///< exit code of `faasta`
  std::string_view title;
  std::string_view fix;
};

[[nodiscard]] const CodeInfo& info(Code code) noexcept;
/// Returns the code with this id, such as "F0404". Ignores case.
[[nodiscard]] std::optional<Code> code_from_id(std::string_view id) noexcept;
/// Returns the code with this name, such as "component_core_module".
[[nodiscard]] std::optional<Code> code_from_name(std::string_view name) noexcept;
[[nodiscard]] std::size_t code_count() noexcept;

/// A failure. `code` is the kind of the failure. `detail` describes the mistake exactly, for the person who made it.
struct Error {
  Code code;
  std::string detail;
  std::chrono::seconds retry_after{};  ///< the next attempt can succeed after this time; 0: unknown
  std::string fix{};  ///< advice of the function that failed; if it is not empty, it replaces the advice in the table

  /// Returns the advice for the person.
  [[nodiscard]] std::string_view advice() const noexcept { return fix.empty() ? info(code).fix : fix; }
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Code code, std::string detail = {}) {
  return std::unexpected(Error{code, std::move(detail), {}, {}});
}

/// Returns a failure with its own advice, instead of the advice in the table.
[[nodiscard]] inline std::unexpected<Error> fail_with_advice(Code code, std::string detail, std::string fix) {
  return std::unexpected(Error{code, std::move(detail), {}, std::move(fix)});
}

/// Returns a failure. The next attempt will probably succeed after the time `wait`.
[[nodiscard]] inline std::unexpected<Error> fail_for_now(Code code, std::string detail, std::chrono::seconds wait) {
  return std::unexpected(Error{code, std::move(detail), wait, {}});
}

/// Makes an error with the text of errno `number`: "open /x: No such file or directory". ENOSPC and EDQUOT become
/// disk_full.
[[nodiscard]] std::unexpected<Error> fail_errno(Code code, std::string_view what, int number);

}  // namespace faasta
