#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "engine/compiler.hpp"
#include "engine/component.hpp"

namespace faasta::test {

/// A temporary folder. The destructor deletes it.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / ("faasta-unit-" + random_hex(6))) {
    std::filesystem::create_directories(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The process has one engine that compiles test guests (guests/build core), and one that runs them.
class Guests {
 public:
  static std::string bytes(const std::string& name) {
    auto read = read_file(std::filesystem::path(FAASTA_GUESTS) / (name + ".wasm"));
    if (!read) throw std::runtime_error(name + ".wasm is not built: run guests/build core");
    return std::move(*read);
  }
  static const std::shared_ptr<const engine::Engine>& engine() {
    static const auto opened = open();
    return opened;
  }
  /// Writes the sealed machine code of a guest.
  static void compile(const std::string& wasm, const std::filesystem::path& file) {
    static const std::shared_ptr<const engine::Engine> compiler = *engine::Engine::open({.slots = 0, .reachable = {}});
    std::filesystem::create_directories(file.parent_path());
    if (!replace_file(file, "", 0600, Durable::no)) throw std::runtime_error("cannot write " + file.string());
    const auto artifact = engine::compile(*compiler, wasm, {}, file);
    if (!artifact) throw std::runtime_error(artifact.error().detail);
    const engine::FileIdentity identity{engine::FileKind::code, sha256(wasm)};
    if (!engine::seal(*compiler, file, identity)) throw std::runtime_error("cannot seal " + file.string());
  }
  static std::shared_ptr<const engine::Component> load(const std::string& name, const std::filesystem::path& folder) {
    const std::string wasm = bytes(name);
    const auto file = folder / (name + ".cwasm");
    if (!std::filesystem::exists(file)) compile(wasm, file);
    auto loaded = engine::Component::load(engine(), file, {engine::FileKind::code, sha256(wasm)});
    if (!loaded) throw std::runtime_error(loaded.error().detail);
    return *loaded;
  }

 private:
  static std::shared_ptr<const engine::Engine> open() {
    auto opened = *engine::Engine::open({.slots = 8, .reachable = {}});
    opened->enter_thread();
    return opened;
  }
};

}  // namespace faasta::test
