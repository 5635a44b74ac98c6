#include "certificates/dns_message.hpp"

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"

namespace faasta::certificates {
namespace {

// RFC 1035 section 4.1.1.
constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint8_t kResponse = 0x80, kAuthoritative = 0x04, kTruncated = 0x02, kRecursionWanted = 0x01;
constexpr unsigned kOpcodeShift = 3, kOpcodeMask = 0x0f;
enum Code : std::uint8_t { kNoError = 0, kFormatError = 1, kNameError = 3, kNotImplemented = 4, kRefused = 5 };
// RFC 1035 section 3.2.2, RFC 6891 section 6.1.1.
enum Type : std::uint16_t { kNs = 2, kSoa = 6, kTxt = 16, kOpt = 41, kAny = 255 };
constexpr std::uint16_t kInternet = 1;
constexpr std::uint32_t kLife = 0;  // seconds; no resolver keeps an answer, because the values change with each order
constexpr std::size_t kLongestName = 255, kLongestLabel = 63;
/// A pointer to the name at the start of the question (RFC 1035 section 4.1.4).
constexpr std::uint16_t kToQuestion = 0xc000 | kHeaderBytes;

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] std::optional<std::uint8_t> byte() {
    if (at_ >= bytes_.size()) return std::nullopt;
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }
  [[nodiscard]] std::optional<std::uint16_t> number() {
    const auto high = byte();
    const auto low = byte();
    if (!high || !low) return std::nullopt;
    return static_cast<std::uint16_t>((*high << 8U) | *low);
  }
  [[nodiscard]] std::optional<std::string_view> take(std::size_t count) {
    if (bytes_.size() - at_ < count) return std::nullopt;
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  /// Reads a name in which no pointer is allowed: "example.com". Nothing if it is malformed.
  [[nodiscard]] std::optional<std::string> name() {
    const std::size_t begin = at_;
    std::string out;
    for (;;) {
      const auto length = byte();
      if (!length || *length > kLongestLabel) return std::nullopt;
      if (at_ - begin + *length > kLongestName) return std::nullopt;
      if (*length == 0) return out;
      const auto label = take(*length);
      if (!label || label->find('.') != std::string_view::npos) return std::nullopt;
      if (!out.empty()) out += '.';
      out += *label;
    }
  }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

void put(std::string& out, std::uint16_t number) {
  out += static_cast<char>(number >> 8U);
  out += static_cast<char>(number & 0xffU);
}

void put_long(std::string& out, std::uint32_t number) {
  put(out, static_cast<std::uint16_t>(number >> 16U));
  put(out, static_cast<std::uint16_t>(number & 0xffffU));
}

std::string wire_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    out += static_cast<char>(dot);
    out += name.substr(0, dot);
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  out += '\0';
  return out;
}

/// Appends a record of the zone's name. `owner`: a pointer to this name in the message.
void put_record(std::string& out, std::uint16_t owner, std::uint16_t type, std::string_view data) {
  put(out, owner);
  put(out, type);
  put(out, kInternet);
  put_long(out, kLife);
  put(out, static_cast<std::uint16_t>(data.size()));
  out += data;
}

std::string soa(const DnsZone& zone) {
  std::string out = wire_name(zone.name_server) + wire_name("hostmaster." + zone.name_server);
  constexpr std::uint32_t kSerial = 1, kRefresh = 3600, kRetry = 600, kExpire = 86'400;
  for (const std::uint32_t number : {kSerial, kRefresh, kRetry, kExpire, kLife}) put_long(out, number);
  return out;
}

struct Query {
  std::uint16_t id = 0;
  std::uint8_t opcode = 0;
  bool recursion_wanted = false;
  std::string_view question;  ///< its bytes
  std::string name;           ///< in lower case
  std::uint16_t type = 0, type_class = 0;
  bool has_opt = false;
  std::uint16_t payload = 512;  ///< the longest answer over UDP that the client takes
  std::uint8_t version = 0;     ///< of EDNS
};

/// Reads the header. Afterwards, read_question() reads the rest of the query.
std::optional<Query> read_header(Reader& reader, std::uint16_t& questions, std::uint32_t& records,
                                 std::uint16_t& additional) {
  Query out;
  const auto id = reader.number();
  const auto flags = reader.byte();
  const auto more_flags = reader.byte();
  const auto counts = {reader.number(), reader.number(), reader.number(), reader.number()};
  const auto* const count = counts.begin();
  if (!id || !flags || !more_flags || !count[3] || (*flags & kResponse) != 0) return std::nullopt;
  out.id = *id;
  out.opcode = (*flags >> kOpcodeShift) & kOpcodeMask;
  out.recursion_wanted = (*flags & kRecursionWanted) != 0;
  questions = *count[0];
  records = std::uint32_t{*count[1]} + *count[2];
  additional = *count[3];
  return out;
}

/// Reads the question, and the OPT record if it comes next. Returns false if the question is malformed.
bool read_question(Reader& reader, std::string_view bytes, std::uint16_t additional, Query& query) {
  const std::size_t begin = reader.at();
  const auto name = reader.name();
  const auto type = reader.number();
  const auto type_class = reader.number();
  if (!name || !type || !type_class) return false;
  query.question = bytes.substr(begin, reader.at() - begin);
  query.name = lowered(*name);
  query.type = *type;
  query.type_class = *type_class;
  if (additional == 0) return true;
  const auto owner = reader.name();
  const auto opt = reader.number();
  const auto payload = reader.number();
  const auto extended = reader.byte();
  const auto version = reader.byte();
  if (!owner || !owner->empty() || !opt || *opt != kOpt || !payload || !extended || !version) return true;
  query.has_opt = true;
  query.payload = std::max<std::uint16_t>(*payload, query.payload);
  query.version = *version;
  return true;
}

struct Sections {
  std::uint8_t code = kNoError;
  bool is_authoritative = false;
  bool is_truncated = false;
  std::uint16_t answers = 0, authorities = 0;
  std::string bytes;
};

std::string message(const Query& query, const Sections& sections) {
  std::string out;
  put(out, query.id);
  out +=
      static_cast<char>(kResponse | (query.opcode << kOpcodeShift) | (sections.is_authoritative ? kAuthoritative : 0) |
                        (sections.is_truncated ? kTruncated : 0) | (query.recursion_wanted ? kRecursionWanted : 0));
  constexpr std::uint8_t kBadVersion = 16;  // the upper bits of the code are in the OPT record (RFC 6891 section 6.1.3)
  const bool bad_version = query.has_opt && query.version != 0;
  out += static_cast<char>(bad_version ? 0 : sections.code);
  put(out, query.question.empty() ? 0 : 1);
  put(out, bad_version ? 0 : sections.answers);
  put(out, bad_version ? 0 : sections.authorities);
  put(out, query.has_opt ? 1 : 0);
  out += query.question;
  if (!bad_version) out += sections.bytes;
  if (query.has_opt) {
    out += '\0';
    put(out, kOpt);
    put(out, kMostUdpBytes);
    out += static_cast<char>(bad_version ? kBadVersion >> 4U : 0);
    out += '\0';  // version 0
    put(out, 0);  // flags
    put(out, 0);  // no options
  }
  return out;
}

/// Returns a pointer to the zone's name in the message, if the query's name is the zone's name or a name below it.
std::optional<std::uint16_t> owner_of(const Query& query, const DnsZone& zone) {
  if (query.name == zone.name) return kToQuestion;
  if (!query.name.ends_with("." + zone.name)) return std::nullopt;
  return static_cast<std::uint16_t>(kToQuestion + (query.name.size() - zone.name.size()));
}

Sections answered(const Query& query, const std::vector<DnsZone>& zones) {
  Sections out;
  for (const DnsZone& zone : zones) {
    const auto owner = owner_of(query, zone);
    if (!owner) continue;
    out.is_authoritative = true;
    const bool is_here = query.name == zone.name;
    const auto wants = [&](std::uint16_t type) { return is_here && query.type == type; };
    const auto add = [&](std::uint16_t type, std::string_view data) {
      put_record(out.bytes, *owner, type, data);
      ++out.answers;
    };
    if (wants(kTxt) || wants(kAny)) {  // the answer to ANY may have one kind of record alone (RFC 8482)
      for (const std::string& text : zone.texts) add(kTxt, std::string(1, static_cast<char>(text.size())) + text);
    }
    if (wants(kNs)) add(kNs, wire_name(zone.name_server));
    if (wants(kSoa)) add(kSoa, soa(zone));
    if (out.answers > 0) return out;
    if (!is_here) out.code = kNameError;
    put_record(out.bytes, *owner, kSoa, soa(zone));  // RFC 2308 section 3: how long the absence may be kept
    out.authorities = 1;
    return out;
  }
  out.code = kRefused;
  return out;
}

}  // namespace

std::optional<std::string> dns_answer(std::string_view bytes, const std::vector<DnsZone>& zones, bool is_udp) {
  Reader reader(bytes);
  std::uint16_t questions = 0;
  std::uint32_t records = 0;
  std::uint16_t additional = 0;
  auto query = read_header(reader, questions, records, additional);
  if (!query) return std::nullopt;
  if (query->opcode != 0) return message(*query, {.code = kNotImplemented, .bytes = {}});
  if (questions != 1 || records != 0 || !read_question(reader, bytes, additional, *query))
    return message(*query, {.code = kFormatError, .bytes = {}});
  if (query->type_class != kInternet) return message(*query, {.code = kRefused, .bytes = {}});
  Sections sections = answered(*query, zones);
  std::string out = message(*query, sections);
  const std::size_t most = std::min<std::size_t>(query->payload, kMostUdpBytes);
  if (!is_udp || out.size() <= most) return out;
  return message(*query, {.is_authoritative = true, .is_truncated = true, .bytes = {}});
}

}  // namespace faasta::certificates
