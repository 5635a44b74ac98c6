// Seals compiled code as the server does after each compile.
//
//   faasta_seal COMPONENT ARTIFACT KEY
//
// KEY is the file seal.key of the data folder. bench/suite/instructions.py needs this program, because it starts the
// compile child itself, for the processor that callgrind simulates.

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "engine/engine.hpp"
#include "engine/seal.hpp"

namespace {

faasta::Result<> seal(const char* component, const char* artifact, const char* key_file) {
  const auto bytes = faasta::read_file(component, std::uint64_t{64} << 20U);
  if (!bytes) return std::unexpected(bytes.error());
  const auto key = faasta::engine::seal_key(key_file);
  if (!key) return std::unexpected(key.error());
  const auto engine = faasta::engine::Engine::open({.slots = 0,
                                                    .memory_bytes = std::uint64_t{128} << 20U,
                                                    .keep_resident = false,
                                                    .reachable = {},
                                                    .seal_key = *key});
  if (!engine) return std::unexpected(engine.error());
  return faasta::engine::seal(**engine, artifact, {faasta::engine::FileKind::code, faasta::sha256(*bytes)});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: faasta_seal COMPONENT ARTIFACT KEY\n");
    return 2;
  }
  const auto sealed = seal(argv[1], argv[2], argv[3]);
  if (!sealed) fmt::print(stderr, "faasta_seal: {}\n", sealed.error().detail);
  return sealed ? 0 : 1;
}
