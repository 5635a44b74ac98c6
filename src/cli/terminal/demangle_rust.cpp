// Rust's v0 mangling: https://doc.rust-lang.org/rustc/symbol-mangling/v0.html. Parts that do not help the reader of a
// stack are left out: crate hashes, lifetimes, types of constants.

#include "cli/terminal/demangle_rust.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace faasta::cli {
namespace {

constexpr int kDeepest = 100;
constexpr std::size_t kLongest = 8192;  // a limit is needed, because back references can double the text at each level

/// Reads a symbol from left to right. Every function returns whether it succeeded; after a failure the output is not
/// valid.
class V0 {
 public:
  explicit V0(std::string_view body) : all_(body) {}

  std::optional<std::string> read() {
    if (!path(true)) return std::nullopt;
    if (at_ < all_.size() && is_upper(all_[at_])) {  // the crate that instantiated this generic
      const std::size_t size = out_.size();
      if (!path(false)) return std::nullopt;
      out_.resize(size);
    }
    if (at_ < all_.size() && all_[at_] != '.' && all_[at_] != '$') return std::nullopt;
    return std::move(out_);
  }

 private:
  static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

  struct Deeper {
    explicit Deeper(V0& reader) : depth(reader.depth_) { ++depth; }
    ~Deeper() { --depth; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    int& depth;
  };
  [[nodiscard]] bool too_much() const { return depth_ > kDeepest || out_.size() > kLongest; }

  bool take(char c) {
    if (at_ >= all_.size() || all_[at_] != c) return false;
    ++at_;
    return true;
  }
  char next() { return at_ < all_.size() ? all_[at_++] : '\0'; }

  bool base62(std::uint64_t& value) {
    value = 0;
    if (take('_')) return true;
    for (;;) {
      const char c = next();
      if (c == '_') break;
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'z' ? c - 'a' + 10
                        : c >= 'A' && c <= 'Z' ? c - 'A' + 36
                                               : -1;
      if (digit < 0 || value > std::numeric_limits<std::uint64_t>::max() / 62 - 62) return false;
      value = value * 62 + static_cast<std::uint64_t>(digit);
    }
    ++value;
    return true;
  }

  /// Reads a disambiguator; 0 if there is none.
  bool disambiguator(std::uint64_t& value) {
    value = 0;
    if (!take('s')) return true;
    if (!base62(value)) return false;
    ++value;
    return true;
  }

  bool plain_identifier(std::string_view& name) {
    const bool punycode = take('u');  // not decoded: names of functions are rarely outside of ASCII
    static_cast<void>(punycode);
    if (at_ >= all_.size() || all_[at_] < '0' || all_[at_] > '9') return false;
    std::size_t size = 0;
    if (all_[at_] == '0') {
      ++at_;
    } else {
      while (at_ < all_.size() && all_[at_] >= '0' && all_[at_] <= '9' && size < kLongest)
        size = size * 10 + static_cast<std::size_t>(all_[at_++] - '0');
    }
    take('_');
    if (size > all_.size() - at_) return false;
    name = all_.substr(at_, size);
    at_ += size;
    return true;
  }

  bool identifier(std::string_view& name, std::uint64_t& number) {
    return disambiguator(number) && plain_identifier(name);
  }

  /// Calls `read` at the position of a back reference, then returns to the current position.
  template <class Read>
  bool backreference(Read read) {
    const std::size_t from = at_ - 1;
    std::uint64_t to = 0;
    if (!base62(to) || to >= from) return false;
    const std::size_t back = std::exchange(at_, static_cast<std::size_t>(to));
    const bool good = read();
    at_ = back;
    return good;
  }

  /// `in_value`: the path names a function, and not a type. Then `::` is written before generic arguments.
  bool path(bool in_value) {
    const Deeper deeper(*this);
    if (too_much()) return false;
    std::string_view name;
    std::uint64_t number = 0;
    switch (next()) {
      case 'C':
        if (!identifier(name, number)) return false;
        out_ += name;
        return true;
      case 'M':
        return impl_path() && text("<") && type() && text(">");
      case 'X':
        return impl_path() && trait_of_type();
      case 'Y':
        return trait_of_type();
      case 'N':
        return nested(in_value);
      case 'I':
        return path(in_value) && text(in_value ? "::<" : "<") && list([this] { return generic_argument(); }) &&
               text(">");
      case 'B':
        return backreference([&] { return path(in_value); });
      default:
        return false;
    }
  }

  /// Skips the path of an impl, which does not help a reader.
  bool impl_path() {
    std::uint64_t number = 0;
    const std::size_t size = out_.size();
    if (!disambiguator(number) || !path(false)) return false;
    out_.resize(size);
    return true;
  }

  bool trait_of_type() { return text("<") && type() && text(" as ") && path(false) && text(">"); }

  bool nested(bool in_value) {
    const char space = next();
    std::string_view name;
    std::uint64_t number = 0;
    if (!path(in_value) || !identifier(name, number)) return false;
    if (is_upper(space)) {
      out_ += space == 'C' ? "::{closure" : space == 'S' ? "::{shim" : std::string("::{") + space;
      if (!name.empty()) out_ += ":" + std::string(name);
      out_ += "#" + std::to_string(number) + "}";
    } else if (space >= 'a' && space <= 'z') {
      if (!name.empty()) out_ += "::" + std::string(name);
    } else {
      return false;
    }
    return true;
  }

  bool text(std::string_view more) {
    out_ += more;
    return true;
  }

  /// Reads items up to 'E' and writes commas between them.
  template <class Read>
  bool list(Read read) {
    bool first = true;
    while (!take('E')) {
      if (!std::exchange(first, false)) out_ += ", ";
      if (!read()) return false;
    }
    return true;
  }

  bool lifetime() {
    std::uint64_t number = 0;
    return !take('L') || base62(number);
  }

  bool generic_argument() {
    if (at_ < all_.size() && all_[at_] == 'L') return lifetime() && text("'_");
    if (take('K')) return constant();
    return type();
  }

  static std::string_view basic_type(char c) {
    constexpr std::string_view kNames[] = {"i8",    "bool", "char", "f64", "str",  "f32",  "",    "u8", "isize",
                                           "usize", "",     "i32",  "u32", "i128", "u128", "_",   "",   "",
                                           "i16",   "u16",  "()",   "...", "",     "i64",  "u64", "!"};
    return c >= 'a' && c <= 'z' ? kNames[c - 'a'] : std::string_view();
  }

  bool type() {
    const Deeper deeper(*this);
    if (too_much() || at_ >= all_.size()) return false;
    const char c = all_[at_];
    if (const auto basic = basic_type(c); !basic.empty()) {
      ++at_;
      return text(basic);
    }
    switch (c) {
      case 'A':
        ++at_;
        return text("[") && type() && text("; ") && constant() && text("]");
      case 'S':
        ++at_;
        return text("[") && type() && text("]");
      case 'T':
        ++at_;
        return text("(") && list([this] { return type(); }) && text(")");
      case 'R':
      case 'Q':
        ++at_;
        return lifetime() && text(c == 'R' ? "&" : "&mut ") && type();
      case 'P':
      case 'O':
        ++at_;
        return text(c == 'P' ? "*const " : "*mut ") && type();
      case 'F':
        ++at_;
        return function_type();
      case 'D':
        ++at_;
        return text("dyn ") && dyn_bounds();
      case 'B':
        ++at_;
        return backreference([this] { return type(); });
      default:
        return path(false);
    }
  }

  bool binder() {
    std::uint64_t number = 0;
    return !take('G') || base62(number);
  }

  bool function_type() {
    if (!binder()) return false;
    if (take('U')) out_ += "unsafe ";
    if (take('K')) {
      std::string_view abi = "C";
      if (!take('C') && !plain_identifier(abi)) return false;
      out_ += "extern \"" + std::string(abi) + "\" ";
    }
    if (!text("fn(") || !list([this] { return type(); }) || !text(")")) return false;
    if (take('u')) return true;
    return text(" -> ") && type();
  }

  bool dyn_bounds() {
    if (!binder()) return false;
    bool first = true;
    while (!take('E')) {
      if (!std::exchange(first, false)) out_ += " + ";
      if (!path(false)) return false;
      while (take('p')) {
        std::string_view name;
        if (!plain_identifier(name) || !text("<" + std::string(name) + " = ") || !type() || !text(">")) return false;
      }
    }
    return lifetime();
  }

  bool constant() {
    const Deeper deeper(*this);
    if (too_much()) return false;
    if (take('p')) return text("_");
    if (take('B')) return backreference([this] { return constant(); });
    const std::size_t size = out_.size();
    if (!type()) return false;
    out_.resize(size);  // the type of a number does not help a reader
    if (take('n')) out_ += '-';
    std::string digits;
    for (char c = next(); c != '_'; c = next()) {
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
      digits += c;
    }
    if (digits.size() > 15) return text("0x" + digits);
    std::uint64_t value = 0;
    for (const char c : digits) value = value * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    return text(std::to_string(value));
  }

  std::string_view all_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string out_;
};

}  // namespace

std::optional<std::string> demangle_rust_v0(std::string_view symbol) {
  if (!symbol.starts_with("_R")) return std::nullopt;
  symbol.remove_prefix(2);
  if (!symbol.empty() && symbol.front() >= '0' && symbol.front() <= '9')
    return std::nullopt;  // a newer version of the mangling
  return V0(symbol).read();
}

}  // namespace faasta::cli
