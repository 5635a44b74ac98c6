#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sha256.hpp"
#include "store/shared_use.hpp"

namespace faasta::store {

class Catalog;

/// A file that is being written. Its destructor deletes the file if move_to() was not called.
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
  /// Makes the bytes durable and moves the file to `place`. Also makes the new entry in the folder durable.
  [[nodiscard]] Result<> move_to(const std::filesystem::path& place);
  /// The same, but after a power cut the file may be missing or damaged.
  [[nodiscard]] Result<> move_in_passing(const std::filesystem::path& place);

 private:
  TemporaryFile(std::filesystem::path path, FileDescriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::filesystem::path path_;
  FileDescriptor fd_;
};

/// Stores the files of components and compiled code. A component's file is named by the component's digest. Compiled
/// code is named by the component's digest and the engine's fingerprint. A file is complete or does not exist, and it
/// never changes. Compiled code can be made again at any time. Any thread may use it.
///
/// Functions made with the same language runtime share its code (engine/src/split). Each of these functions has an
/// `image` with its initial memory instead of a file `compiled`. The shared code is in the folder `shared`, named by
/// the digest of the code. Next to each image there is a hard link to the code. So the link count of the code shows how
/// many images use the code. The code is deleted with its last image.
class Artifacts {
 public:
  /// Makes the folders, and deletes the temporary files that a crashed server has left.
  [[nodiscard]] static Result<std::unique_ptr<Artifacts>> open(const std::filesystem::path& data,
                                                               std::string_view fingerprint);

  [[nodiscard]] std::filesystem::path component(const Sha256& sha256) const;
  [[nodiscard]] std::filesystem::path compiled(const Sha256& sha256) const;
  [[nodiscard]] std::filesystem::path image(const Sha256& sha256) const;
  [[nodiscard]] std::filesystem::path shared(const Sha256& code) const;
  /// Returns the path of a static file, or of a manifest of static files.
  [[nodiscard]] std::filesystem::path asset(const Sha256& sha256) const;
  /// Whether the component's file exists and has this digest. Reads the whole file.
  [[nodiscard]] bool has_component(const Sha256& sha256) const;
  /// Whether this engine's compiled code of the component exists.
  [[nodiscard]] bool has_compiled(const Sha256& sha256) const;
  /// Whether the component `sha256` has an image, so that its code is shared with other components.
  [[nodiscard]] bool is_shared(const Sha256& sha256) const;
  /// Returns the digest of the shared code of `sha256`, if the component has shared code. Does not check whether the
  /// image is damaged.
  [[nodiscard]] std::optional<Sha256> code_of(const Sha256& sha256) const;
  /// Returns all components that have compiled files, in no particular order.
  [[nodiscard]] std::vector<Sha256> compiled_components() const;
  /// Renames a file to FILE.quarantined, so that the file is not used any more. An operator can examine it until its
  /// function is deleted. False if the file does not exist.
  bool quarantine(const std::filesystem::path& file, std::string_view why);
  [[nodiscard]] std::uint64_t quarantined() const noexcept { return quarantined_.load(std::memory_order_relaxed); }
  /// Stores the image of `sha256`, and makes its link to the code. The code must be in the folder `shared` and pinned.
  [[nodiscard]] Result<> place_shared(const Sha256& sha256, const Sha256& code, TemporaryFile& image);
  /// Stores a static file of `size` bytes. If it is there with this size, keeps that file. The file is durable only
  /// after sync_assets(). The caller must have a pin.
  [[nodiscard]] Result<> place_asset(const Sha256& sha256, std::uint64_t size, TemporaryFile& file);
  [[nodiscard]] bool has_asset(const Sha256& sha256, std::uint64_t size) const;
  /// Makes all static files durable.
  [[nodiscard]] Result<> sync_assets() const;
  [[nodiscard]] Result<TemporaryFile> temporary() const { return TemporaryFile::create(temporary_); }

  /// While a pin exists, collect() does not delete the files of the pin's digest, even if no version uses them yet.
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

  /// While it exists, another thread that makes a Making of the same digest waits. So code that several deploys need at
  /// the same time is compiled once.
  class Making {
   public:
    Making(Artifacts& artifacts, const Sha256& code);
    Making(const Making&) = delete;
    Making& operator=(const Making&) = delete;
    ~Making();

   private:
    Artifacts& artifacts_;
    Sha256 code_;
  };

  /// Deletes the files of `sha256` if this digest has no pin and no version uses it. This process does not know the
  /// pins of another server. So while another server uses the data folder too, collect() deletes no file, and
  /// must_collect() becomes true.
  void collect(const Sha256& sha256, Catalog& catalog);
  /// The same for a static file. If it has a pin, take_let_go() returns it after the end of the last pin.
  void collect_asset(const Sha256& sha256, Catalog& catalog);
  /// Returns the static files that collect_asset() kept for their pins, and that have no pin any more. Call
  /// collect_asset() for them again.
  [[nodiscard]] std::vector<Sha256> take_let_go();
  /// Calls collect() for all digests, and deletes the folders of other engines. Call this after a start. It is slow if
  /// there are many files.
  void collect_all(Catalog& catalog);
  /// Whether collect_all() should be called later, because another server used the data folder.
  [[nodiscard]] bool must_collect() const noexcept { return put_off_.load(std::memory_order_relaxed); }

  ~Artifacts();
  Artifacts(const Artifacts&) = delete;
  Artifacts& operator=(const Artifacts&) = delete;

 private:
  Artifacts(const std::filesystem::path& data, std::string_view fingerprint, SharedUse use);
  void put_off() noexcept { put_off_.store(true, std::memory_order_relaxed); }
  void drop_if_unused(const Sha256& code);
  [[nodiscard]] std::filesystem::path link(const Sha256& sha256) const;

  std::filesystem::path components_;
  std::filesystem::path all_compiled_;
  std::filesystem::path compiled_;
  std::filesystem::path shared_;
  std::filesystem::path assets_;
  std::filesystem::path temporary_;  ///< the folder for temporary files of this process alone
  FileDescriptor temporary_lock_;    ///< tells other processes that temporary_ is in use
  const SharedUse use_;              ///< try_alone() is called under mutex_
  std::atomic<bool> put_off_{false};
  std::atomic<std::uint64_t> quarantined_{0};
  std::mutex mutex_;
  struct Pinned {
    int pins = 0;
    bool is_left = false;  ///< collect_asset() has kept it
  };
  std::unordered_map<Sha256, Pinned, Sha256Hash> pins_;
  std::vector<Sha256> let_go_;  ///< of take_let_go()
  std::unordered_set<Sha256, Sha256Hash> being_made_;
  std::condition_variable made_;
};

}  // namespace faasta::store
