#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"

namespace faasta::cli {
namespace {

/// Returns the text for troff(1): no character of it begins a request or an escape, and each hyphen can be copied.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && out.empty()) {
      out += fmt::format("\\&{}", c);
    } else {
      out += c == '\n' ? ' ' : c;
    }
  }
  return out;
}

/// Returns the names of an option, with its argument: "-C, --directory DIR".
std::string option_names(const CLI::Option& option) {
  std::string out;
  for (const std::string& name : option.get_snames()) out += fmt::format("{}-{}", out.empty() ? "" : ", ", name);
  for (const std::string& name : option.get_lnames()) out += fmt::format("{}--{}", out.empty() ? "" : ", ", name);
  std::string out_roff = fmt::format("\\fB{}\\fR", escaped(out));
  const std::string kind = option.get_type_name();
  if (option.get_type_size() != 0) out_roff += fmt::format(" \\fI{}\\fR", escaped(kind.substr(0, kind.find(':'))));
  return out_roff;
}

void add_options(const CLI::App& command, std::string& out) {
  for (const CLI::Option* option : command.get_options()) {
    // The page says once that each command has --help.
    if (option->get_group().empty() || option == command.get_help_ptr()) continue;
    const std::string names =
        option->get_positional() ? fmt::format("\\fI{}\\fR", escaped(option->get_name(true))) : option_names(*option);
    out += fmt::format(".TP\n{}\n{}.", names, escaped(option->get_description()));
    if (!option->get_envname().empty()) out += fmt::format(" Variable: \\fB{}\\fR.", escaped(option->get_envname()));
    out += "\n";
  }
}

/// Returns "faasta token create [OPTIONS] ARGUMENT".
std::string usage(const CLI::App& command, const std::string& words) {
  std::string out = "\\fBfaasta " + escaped(words) + "\\fR";
  bool has_options = false;
  std::string arguments;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group().empty() || option == command.get_help_ptr()) continue;
    has_options = has_options || !option->get_positional();
    const std::string name = escaped(option->get_name(true));
    if (option->get_positional())
      arguments += option->get_required() ? fmt::format(" \\fI{}\\fR", name) : fmt::format(" [\\fI{}\\fR]", name);
  }
  return out + (has_options ? " [\\fIOPTIONS\\fR]" : "") + arguments;
}

void add_commands(const CLI::App& above, const std::string& words, std::string& out) {
  for (const CLI::App* command : above.get_subcommands(nullptr)) {
    if (command->get_group().empty()) continue;
    const std::string own = words + (words.empty() ? "" : " ") + command->get_name();
    if (command->get_subcommands(nullptr).empty()) {
      out += fmt::format(".SS {}\n{}\n.PP\n{}.\n", escaped(own), usage(*command, own),
                         escaped(command->get_description()));
      for (const std::string& alias : command->get_aliases())
        out += fmt::format("Also \\fBfaasta {}\\fR.\n", escaped(alias));
      add_options(*command, out);
    }
    add_commands(*command, own, out);
  }
}

/// Returns the manual page of the whole command line, for man(1).
std::string manual(const CLI::App& root) {
  std::string out =
      ".TH FAASTA 1 \"\" \"faasta " FAASTA_VERSION
      "\" \"Faasta\"\n"
      ".SH NAME\nfaasta, cargo\\-faasta \\- functions on your own server\n"
      ".SH SYNOPSIS\n\\fBfaasta\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.br\n"
      "\\fBcargo faasta\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
      ".SH DESCRIPTION\nFaasta runs WebAssembly components that speak wasi:http as functions. This program makes, "
      "builds and deploys them. Results go to stdout, and all other text to stderr.\n"
      ".SH OPTIONS\nEach command also has these options, and \\fB\\-\\-help\\fR.\n";
  add_options(root, out);
  out += ".SH COMMANDS\n";
  add_commands(root, "", out);
  out +=
      ".SH EXIT STATUS\n0 success, 1 failure, 2 wrong use, 3 not signed in or refused, 4 not found, 5 the build "
      "failed, 6 no valid component, 7 refused by policy or quota, 8 deployed but not answering, 9 the server cannot "
      "be reached, 10 conflict, 130 interrupted. \\fBfaasta explain\\fR describes each error code.\n"
      ".SH FILES\n.TP\n\\fIfaasta.toml\\fR\nThe project; \\fBfaasta schema\\fR prints its JSON Schema.\n"
      ".SH SEE ALSO\n\\fBfaastad\\fR(8)\n";
  return out;
}

}  // namespace

void add_manual(CLI::App& app, Action& chosen) {
  const CLI::App* root = &app;
  CLI::App* command = add_command(app, "__manual", "For the package", chosen, [root](Session& session) -> Outcome<int> {
    session.output.bytes(manual(*root));
    return 0;
  });
  command->group("");
}

}  // namespace faasta::cli
