#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"

namespace faasta::store {

class Catalog;

/// A file that is being written and has no place yet. It is deleted with its owner, unless it was given its place.
class TemporaryFile {
 public:
  [[nodiscard]] static Result<TemporaryFile> create(const std::filesystem::path& folder);
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Makes the bytes durable, then moves them to `place`; the folder's entry is made durable too.
  [[nodiscard]] Result<> move_to(const std::filesystem::path& place);

 private:
  TemporaryFile(std::filesystem::path path, FileDescriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::filesystem::path path_;
  FileDescriptor fd_;
};

/// Content-addressed files: components by their digest, and their compiled code by digest and engine. A file is there
/// whole or not at all, is never changed, and may be compiled again at any time. Any thread.
///
/// Functions made with one language runtime share its code (engine/src/split): then there is no `compiled` but an
/// `image`, what the function's memory begins with, and the code under its own digest, `shared`. A hard link to the
/// code beside each image counts who uses it; it goes with the last.
class Artifacts {
 public:
  /// Makes the folders and drops what a crash left of temporary files.
  [[nodiscard]] static Result<std::unique_ptr<Artifacts>> open(const std::filesystem::path& data,
                                                               std::string_view fingerprint);

  [[nodiscard]] std::filesystem::path component(const Sha256& sha256) const;
  [[nodiscard]] std::filesystem::path compiled(const Sha256& sha256) const;
  [[nodiscard]] std::filesystem::path image(const Sha256& sha256) const;
  [[nodiscard]] std::filesystem::path shared(const Sha256& code) const;
  /// Whether the component is there and its bytes have that digest. Reads them all.
  [[nodiscard]] bool has_component(const Sha256& sha256) const;
  /// Whether `sha256` has an image, and so shares its code.
  [[nodiscard]] bool is_shared(const Sha256& sha256) const;
  /// The digest of the code that `sha256` shares, if it does. Not checked: its image may be damaged.
  [[nodiscard]] std::optional<Sha256> code_of(const Sha256& sha256) const;
  /// All that have compiled files, in the order of their folder.
  [[nodiscard]] std::vector<Sha256> compiled_components() const;
  /// Takes a file out of use by another name, FILE.quarantined, where an operator may look at it until its function
  /// goes. False: it is not there.
  bool quarantine(const std::filesystem::path& file, std::string_view why);
  [[nodiscard]] std::uint64_t quarantined() const noexcept { return quarantined_.load(std::memory_order_relaxed); }
  /// Gives `sha256` its link to the code, which must be in `shared` and pinned, and its image.
  [[nodiscard]] Result<> place_shared(const Sha256& sha256, const Sha256& code, TemporaryFile& image);
  [[nodiscard]] Result<TemporaryFile> temporary() const { return TemporaryFile::create(temporary_); }

  /// While a pin lives, its files are not collected although no version uses them yet.
  class Pin {
   public:
    Pin(Artifacts& artifacts, const Sha256& sha256);
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    ~Pin();

   private:
    Artifacts& artifacts_;
    Sha256 sha256_;
  };

  /// Deletes the files of `sha256` if nothing pins it and no version uses it.
  void collect(const Sha256& sha256, Catalog& catalog);
  /// The same for every file there is, and the folders of other engines. After a start; takes a while with many files.
  void collect_all(Catalog& catalog);

 private:
  explicit Artifacts(const std::filesystem::path& data, std::string_view fingerprint);
  void drop_if_unused(const Sha256& code);
  [[nodiscard]] std::filesystem::path link(const Sha256& sha256) const;

  std::filesystem::path components_;
  std::filesystem::path all_compiled_;
  std::filesystem::path compiled_;
  std::filesystem::path shared_;
  std::filesystem::path temporary_;
  std::atomic<std::uint64_t> quarantined_{0};
  std::mutex mutex_;
  std::unordered_map<Sha256, int, Sha256Hash> pins_;
};

}  // namespace faasta::store
