#pragma once
// The keys of faasta.toml that are neither limits nor lists of settings (base/settings.hpp has those). The parser, the
// messages about unknown keys and the JSON Schema use this table.

#include <array>
#include <string_view>
#include <vector>

namespace faasta::cli {

struct ProjectKey {
  std::string_view table;  ///< empty: the top of the file
  std::string_view key;
  std::string_view about;
  bool is_list = false;  ///< a list of texts; otherwise one text
};

inline constexpr std::array kProjectKeys = {
    ProjectKey{"", "name", "The name of the function; its address is NAME.BASE-DOMAIN"},
    ProjectKey{"", "server", "The URL of the server, unless --server or FAASTA_SERVER names one"},
    ProjectKey{"previews", "access", "public, or token: then NAME--LABEL asks for a token of yours; default: public"},
    ProjectKey{"build", "language", "The build of this language makes the component; default: rust"},
    ProjectKey{"build", "command", "A command for sh, in place of the build of the language"},
    ProjectKey{"build", "artifact", "The file that the command makes"},
    ProjectKey{"assets", "dir", "The folder with the static files of the function"},
    ProjectKey{"assets", "not_found", "What answers where no file is: none (the function), 404 (404.html) or spa"},
    ProjectKey{"assets", "function_first", "Paths that the function answers even if there is a file: /api/*", true},
    ProjectKey{"build", "watch", "Patterns of the files that `faasta dev` watches; default: all files", true},
};

/// The first line of faasta.toml, which tells editors where the JSON Schema of the file is; see keep_schema().
inline constexpr std::string_view kSchemaLine = "#:schema ./.faasta/faasta.schema.json";

/// Returns the names of the keys of one table.
[[nodiscard]] inline std::vector<std::string_view> project_keys(std::string_view table) {
  std::vector<std::string_view> out;
  for (const ProjectKey& one : kProjectKeys)
    if (one.table == table) out.push_back(one.key);
  return out;
}

}  // namespace faasta::cli
