#include <CLI/CLI.hpp>
#include <memory>
#include <system_error>

#include "cli/commands/commands.hpp"
#include "cli/process/process.hpp"
#include "cli/project/builder.hpp"
#include "cli/terminal/interrupt.hpp"
#include "cli/terminal/units.hpp"

namespace faasta::cli {
namespace {

constexpr std::string_view kProgram = "faasta-componentize";

struct ComponentizeOptions {
  std::string core;
  std::string wit;
  std::string world;
  std::string output;
};

/// Returns the program's path: beside faasta, or on the PATH.
std::filesystem::path find_componentize() {
  std::error_code error;
  auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / kProgram;
  if (std::filesystem::exists(beside, error)) return beside;
  return find_program(std::string(kProgram));
}

/// "dist/core.wasm" becomes "dist/core.component.wasm".
std::string output_beside(const std::string& core) {
  return std::filesystem::path(core).replace_extension(".component.wasm").string();
}

/// The program writes its reason, and in a last line the advice for that reason.
std::unexpected<Problem> refused(std::string reason) {
  constexpr std::string_view kAdvice = "\nfix: ";
  while (reason.ends_with('\n')) reason.pop_back();
  const std::size_t at = reason.rfind(kAdvice);
  if (at == std::string::npos) return std::unexpected(Problem(Error{Code::not_componentized, reason}));
  return fail_with_fix(Error{Code::not_componentized, reason.substr(0, at)}, reason.substr(at + kAdvice.size()));
}

Outcome<int> run(Session& session, const ComponentizeOptions& options) {
  if (options.wit.empty() && !options.world.empty())
    return fail(Code::usage, "--world is a world of the WIT package that --wit names");
  const std::filesystem::path program = find_componentize();
  if (program.empty())
    return fail_with_fix(Error{Code::tool_missing, std::string(kProgram) + " is neither beside faasta nor on the PATH"},
                         "Install it in the folder of faasta");
  const std::string output = options.output.empty() ? output_beside(options.core) : options.output;
  std::vector<std::string> command = {program.string(), options.core, output};
  if (!options.wit.empty()) command.insert(command.end(), {options.wit, options.world});
  auto child = Process::start(command, Process::Stdout::pipe);
  if (!child) return std::unexpected(child.error());
  std::string reason;
  child->pump([](std::string_view) {}, [&](std::string_view bytes) { reason += bytes; });
  if (interrupted()) return fail(Code::interrupted);
  const int status = child->wait();
  if (status != 0) return refused(std::move(reason));
  const auto file = check_file(output);
  if (!file) {
    std::error_code error;
    std::filesystem::remove(output, error);  // it is not a function
    return std::unexpected(file.error());
  }
  if (session.output.json()) {
    session.output.object({{"path", output}, {"size", file->size}, {"sha256", file->sha256.hex()}});
    return 0;
  }
  session.output.line(output);
  session.output.note(human_size(file->size));
  return 0;
}

}  // namespace

void add_componentize(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<ComponentizeOptions>();
  CLI::App* command = add_command(app, "componentize", "Make a component of a core module, as C and Go compilers write",
                                  chosen, [options](Session& session) { return run(session, *options); });
  command->add_option("CORE", options->core, "The core module")->type_name("FILE")->required();
  command->add_option("--wit", options->wit, "The WIT package; default: the module has its types already")
      ->type_name("DIR");
  command->add_option("-w,--world", options->world, "The world of the package; default: its only world")
      ->type_name("WORLD");
  command->add_option("-o,--output", options->output, "The component; default: CORE with the ending .component.wasm")
      ->type_name("FILE");
}

}  // namespace faasta::cli
