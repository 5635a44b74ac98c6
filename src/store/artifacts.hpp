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

/// A file that is being written. Its destructor deletes it, unless move_to() was called.
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
  /// Makes the bytes durable and moves the file to `place`. The folder's entry is durable too.
  [[nodiscard]] Result<> move_to(const std::filesystem::path& place);

 private:
  TemporaryFile(std::filesystem::path path, FileDescriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::filesystem::path path_;
  FileDescriptor fd_;
};

/// Files named by digest: components by their own digest, compiled code by the component's digest and the engine. A
/// file is complete or does not exist, and it never changes. Compiled code can be made again at any time. Any thread
/// may use it.
///
/// Functions made with the same language runtime share its code (engine/src/split). Such a function has an `image` with
/// its initial memory instead of a file `compiled`. The code is in `shared`, under its own digest. Next to each image
/// there is a hard link to the image's code. So the code's link count shows how many images use it. The code is deleted
/// with its last image.
class Artifacts {
 public:
  /// Makes the folders, and deletes the temporary files of a server that crashed.
  [[nodiscard]] static Result<std::unique_ptr<Artifacts>> open(const std::filesystem::path& data,
                                                               std::string_view fingerprint);

  [[nodiscard]] std::filesystem::path component(const Sha256& sha256) const;
  [[nodiscard]] std::filesystem::path compiled(const Sha256& sha256) const;
  [[nodiscard]] std::filesystem::path image(const Sha256& sha256) const;
  [[nodiscard]] std::filesystem::path shared(const Sha256& code) const;
  /// Whether the component's file exists and has this digest. Reads the whole file.
  [[nodiscard]] bool has_component(const Sha256& sha256) const;
  /// Whether `sha256` has an image, and so shares its code with others.
  [[nodiscard]] bool is_shared(const Sha256& sha256) const;
  /// The digest of the shared code of `sha256`, if it has shared code. Not verified: the image may be damaged.
  [[nodiscard]] std::optional<Sha256> code_of(const Sha256& sha256) const;
  /// All components that have compiled files, in the folder's order.
  [[nodiscard]] std::vector<Sha256> compiled_components() const;
  /// Takes a file out of use: renames it to FILE.quarantined. An operator can examine it until its function is deleted.
  /// False if there is no such file.
  bool quarantine(const std::filesystem::path& file, std::string_view why);
  [[nodiscard]] std::uint64_t quarantined() const noexcept { return quarantined_.load(std::memory_order_relaxed); }
  /// Stores the image of `sha256` and makes its link to the code, which must be in `shared` and pinned.
  [[nodiscard]] Result<> place_shared(const Sha256& sha256, const Sha256& code, TemporaryFile& image);
  [[nodiscard]] Result<TemporaryFile> temporary() const { return TemporaryFile::create(temporary_); }

  /// While a pin exists, the files of its digest are not collected, even if no version uses them yet.
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

  /// Deletes the files of `sha256` if no pin holds it and no version uses it.
  void collect(const Sha256& sha256, Catalog& catalog);
  /// Does the same for all files, and also deletes the folders of other engines. Call it after a start. It is slow if
  /// there are many files.
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
