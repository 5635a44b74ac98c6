#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "attack/wire.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace faasta::store {
class Accounts;
}  // namespace faasta::store

namespace faasta::attack {

/// An owner of functions on the throw-away server, who is signed in.
struct Person {
  std::string login;
  std::string token;
  std::uint32_t client;  ///< the number of the address from which the owner uses the API
};

/// A server of its own: a child process of the same program, with an empty data folder, reachable only from this
/// machine, with accounts. Its folder is deleted with it, also if this process is killed.
class ThrowAwayServer {
 public:
  /// The memory that the server may use, in MiB. Small, so that an attack can reach it.
  static constexpr std::uint64_t kAllMemory = 1024;
  static constexpr std::uint64_t kLoaded = 64;

  /// `settings`: a configuration file whose tables `server`, `limits` and `engine` replace the usual settings; or
  /// empty. `more`: the same as text; it replaces both.
  [[nodiscard]] static Result<std::unique_ptr<ThrowAwayServer>> make(const std::filesystem::path& settings,
                                                                     std::string_view more = {});
  ThrowAwayServer(const ThrowAwayServer&) = delete;
  ThrowAwayServer& operator=(const ThrowAwayServer&) = delete;
  ~ThrowAwayServer();

  /// Starts the process, and waits until it is ready.
  [[nodiscard]] Result<> start();
  /// Ends the process as an operator does, and waits for its end.
  void stop();
  /// Whether the process runs. If not, `last_words` has the end of its log.
  [[nodiscard]] bool runs();
  [[nodiscard]] std::string last_words() const;

  /// Makes an account with a new token.
  [[nodiscard]] Result<Person> sign_in(const std::string& login);
  /// Deploys a component as the person's function. `query` is appended to the request's query.
  [[nodiscard]] Result<Answer> upload(const Person& person, const std::string& name, const std::string& component,
                                      const std::string& query = {});
  /// The same; fails if the server refuses the component.
  [[nodiscard]] Result<> deploy(const Person& person, const std::string& name, const std::string& component,
                                const std::string& query = {});
  /// Returns the bytes of the upload that `upload` would send.
  [[nodiscard]] std::string upload_request(const Person& person, const std::string& name, const std::string& component,
                                           const std::string& query = {}) const;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::filesystem::path data() const { return folder_ / "data"; }
  /// Returns the memory of the process in bytes (VmRSS); 0 if it does not run.
  [[nodiscard]] std::uint64_t memory() const;
  /// Returns the most memory that the process may use, in bytes, by its settings.
  [[nodiscard]] std::uint64_t most_memory() const noexcept { return (all_memory_ + loaded_) << 20U; }
  /// Returns the origin under which the server's default function is reachable for functions.
  [[nodiscard]] std::string own_origin() const;
  [[nodiscard]] static std::string host(const std::string& function) { return function + ".localhost"; }
  /// The function that answers requests to `own_origin`.
  static constexpr const char* kDefaultFunction = "depot";

 private:
  explicit ThrowAwayServer(std::filesystem::path folder);
  /// Starts a process that deletes the folder when this process and the server have ended without doing it.
  [[nodiscard]] Result<> guard_folder();
  [[nodiscard]] Result<> write_settings(const std::filesystem::path& settings, std::string_view more);
  [[nodiscard]] Result<FileDescriptor> spawn();
  /// Reads the log until its end; keeps the last part.
  void follow(FileDescriptor log);
  [[nodiscard]] bool ready() const;

  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  std::uint64_t all_memory_ = kAllMemory;
  std::uint64_t loaded_ = kLoaded;
  pid_t pid_ = 0;
  pid_t guard_ = 0;
  FileDescriptor alive_;  ///< this process and the server have it; the guard sees its end
  std::uint32_t people_ = 0;
  std::unique_ptr<store::Accounts> accounts_;
  mutable std::mutex mutex_;
  std::string log_;  ///< the end of it
  bool ready_ = false;
  std::jthread follower_;
};

}  // namespace faasta::attack
