#include "tls/certificates.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/propagate.hpp"

namespace faasta::tls {
namespace {

namespace fs = std::filesystem;

/// After a change, a reload waits this long for the next change, because a renewal writes two files.
constexpr int kSettleMs = 200;
/// A reload waits at most this many times, because the files of a folder may change all the time.
constexpr int kMostParts = 5;
/// watch() checks once in this time whether it must stop, and whether there are new folders.
constexpr int kLookMs = 500;

/// Returns the pair that this file or folder of the certificates' folder contains, if it contains one.
std::optional<CertificateFiles> pair_at(const fs::directory_entry& entry) {
  std::error_code ignored;
  if (entry.is_directory(ignored)) {
    CertificateFiles pair{entry.path() / "fullchain.pem", entry.path() / "privkey.pem"};
    if (fs::exists(pair.certificate, ignored)) return pair;
    return std::nullopt;
  }
  const fs::path& path = entry.path();
  if (path.extension() != ".crt" && path.extension() != ".pem") return std::nullopt;
  fs::path key = path;
  key.replace_extension(".key");
  if (path.extension() == ".pem" && !fs::exists(key, ignored)) return std::nullopt;  // a chain or root next to a pair
  return CertificateFiles{path, key};
}

std::unexpected<Error> no_pair(const fs::path& folder) {
  return fail(Code::certificate_invalid, folder.string() + ": there is no certificate in the folder");
}

}  // namespace

Result<std::unique_ptr<Certificates>> Certificates::open(CertificatePlaces places) {
  std::unique_ptr<Certificates> out(new Certificates(std::move(places)));
  ASSIGN_OR_RETURN(const auto pairs, out->find_pairs());
  std::map<std::string, Entry> entries;
  for (const CertificateFiles& files : pairs) {
    auto certificate = Certificate::read(files);
    Entry entry{.files = files, .certificate = {}, .problem = {}};
    if (certificate) {
      entry.certificate = std::move(*certificate);
    } else if (out->places_.may_be_empty) {  // for example a certificate that has expired while no server ran
      entry.problem = certificate.error().detail;
      log::warn("certificate_unusable", {{"cause", entry.problem}});
    } else {
      return std::unexpected(std::move(certificate.error()));
    }
    entries[files.certificate.string()] = std::move(entry);
  }
  if (entries.empty() && !out->places_.may_be_empty) return no_pair(out->places_.folder);
  RETURN_IF_ERROR(out->use(std::move(entries)));
  return out;
}

Result<std::vector<CertificateFiles>> Certificates::find_pairs() const {
  std::vector<CertificateFiles> pairs = places_.pairs;
  if (places_.folder.empty()) return pairs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(places_.folder, error)) {
    if (auto pair = pair_at(entry)) pairs.push_back(std::move(*pair));
  }
  if (error) return fail(Code::certificate_invalid, fmt::format("{}: {}", places_.folder.string(), error.message()));
  return pairs;
}

Result<> Certificates::use(std::map<std::string, Entry> entries) {
  std::vector<std::shared_ptr<const Certificate>> certificates;
  for (const auto& [path, entry] : entries)
    if (entry.certificate) certificates.push_back(entry.certificate);
  ASSIGN_OR_RETURN(auto set, CertificateSet::make(std::move(certificates)));
  const std::scoped_lock lock(mutex_);
  set_.store(std::move(set));
  entries_ = std::move(entries);
  return {};
}

std::map<std::string, Certificates::Entry> Certificates::entries() const {
  const std::scoped_lock lock(mutex_);
  return entries_;
}

void Certificates::reload() {
  const std::scoped_lock reading(reading_);
  auto pairs = find_pairs();
  const bool may_be_empty = places_.may_be_empty && set_.load()->all().empty();
  if (pairs && pairs->empty() && !may_be_empty) pairs = no_pair(places_.folder);
  if (!pairs) return log::warn("certificates_kept", {{"cause", pairs.error().detail}});
  const std::map<std::string, Entry> old = entries();
  std::map<std::string, Entry> entries;
  for (const CertificateFiles& files : *pairs) {
    const std::string path = files.certificate.string();
    auto certificate = Certificate::read(files);
    Entry entry{.files = files, .certificate = {}, .problem = {}};
    if (certificate) {
      entry.certificate = std::move(*certificate);
    } else {
      entry.problem = certificate.error().detail;
      if (const auto before = old.find(path); before != old.end()) entry.certificate = before->second.certificate;
      log::warn("certificate_kept", {{"cause", entry.problem}, {"in_use", entry.certificate != nullptr}});
    }
    entries[path] = std::move(entry);
  }
  if (auto used = use(std::move(entries)); !used)
    return log::warn("certificates_kept", {{"cause", used.error().detail}});
  log::info("certificates_loaded", {{"count", set_.load()->all().size()}});
}

std::vector<Certificates::State> Certificates::states() const {
  std::vector<State> out;
  for (const auto& [path, entry] : entries()) {
    State state{.files = entry.files, .names = {}, .not_before = {}, .not_after = {}, .problem = entry.problem};
    if (entry.certificate) {
      state.names = entry.certificate->names();
      state.not_before = entry.certificate->not_before();
      state.not_after = entry.certificate->not_after();
    }
    out.push_back(std::move(state));
  }
  return out;
}

std::set<fs::path> Certificates::folders() const {
  std::set<fs::path> out;
  const auto add_folder_of = [&out](const fs::path& file) {
    out.insert(file.has_parent_path() ? file.parent_path() : fs::path("."));
  };
  const auto add = [&](const fs::path& file) {
    add_folder_of(file);
    // The path can be a symbolic link to a file in another folder, where another program replaces the file.
    std::error_code gone;
    if (const fs::path real = fs::canonical(file, gone); !gone) add_folder_of(real);
  };
  const auto pairs = find_pairs();
  for (const CertificateFiles& pair : pairs ? *pairs : places_.pairs) {
    add(pair.certificate);
    add(pair.key);
  }
  if (!places_.folder.empty()) {
    out.insert(places_.folder);
    // A folder without a pair can get a pair later.
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(places_.folder, ignored))
      if (entry.is_directory(ignored)) out.insert(entry.path());
  }
  return out;
}

void Certificates::watch(const std::stop_token& stop) {
  constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB;
  const FileDescriptor changes(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!changes)
    return log::warn("certificates_unwatched", {{"cause", "inotify is not available; send SIGHUP after a change"}});
  const auto wait = [&changes](int milliseconds) {
    pollfd watched{.fd = changes.get(), .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, milliseconds) > 0;
  };
  const auto drop = [&changes] {
    std::array<char, 4096> away{};
    while (::read(changes.get(), away.data(), away.size()) > 0) {
    }
  };
  std::set<int> watches;
  // Returns true if a folder was not watched until now. Then a change of the files in this folder may have been missed.
  // A folder that is already watched keeps its number. A folder that was deleted and made again gets a new number.
  const auto watch_all = [&] {
    bool is_new = false;
    for (const fs::path& folder : folders()) {
      const int number = ::inotify_add_watch(changes.get(), folder.c_str(), kChanges);
      if (number >= 0 && watches.insert(number).second) is_new = true;
    }
    return is_new;
  };
  while (!stop.stop_requested()) {
    const bool missed = watch_all();
    if (!missed && !wait(kLookMs)) continue;
    for (int parts = 0; parts < kMostParts && wait(parts == 0 ? 0 : kSettleMs); ++parts) drop();
    reload();
  }
}

}  // namespace faasta::tls
