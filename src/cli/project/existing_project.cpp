#include "cli/project/existing_project.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/stream_parser.hpp>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/project/project_keys.hpp"

namespace faasta::cli {
namespace {

constexpr std::uint64_t kLargestManifest = 1U << 20U;

bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

/// Returns the first file in the folder, or in its `src`, with one of these endings. Empty if there is none.
std::string file_ending_with(const std::filesystem::path& folder, std::initializer_list<std::string_view> endings) {
  for (const char* const inside : {"", "src"}) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder / inside, error))
      for (const std::string_view ending : endings)
        if (entry.path().extension() == ending) return (inside / entry.path().filename()).string();
  }
  return {};
}

/// Reads package.json. If it is not valid, adds a remark and returns an empty object.
boost::json::object read_package_json(const std::filesystem::path& path, std::vector<std::string>& remarks) {
  const auto content = read_file(path, kLargestManifest);
  if (!content) {
    remarks.push_back(fmt::format("package.json cannot be read: {}", content.error().detail));
    return {};
  }
  boost::json::stream_parser parser;
  boost::system::error_code error;
  const std::size_t read = parser.write(*content, error);
  if (!error) parser.finish(error);
  const auto line = 1 + std::count(content->begin(), content->begin() + static_cast<std::ptrdiff_t>(read), '\n');
  if (error) {
    remarks.push_back(fmt::format("correct package.json: line {} is not valid JSON ({})", line, error.message()));
    return {};
  }
  boost::json::value value = parser.release();
  if (value.is_object()) return std::move(value.as_object());
  remarks.emplace_back("correct package.json: it is not a JSON object");
  return {};
}

/// Libraries that answer requests on a port of their own, as the files of packages name them.
constexpr std::array<std::string_view, 6> kNpmServers = {"express", "fastify",    "koa",
                                                         "next",    "@hapi/hapi", "@nestjs/core"};
constexpr std::array<std::string_view, 7> kPythonServers = {"flask",    "django",  "fastapi", "uvicorn",
                                                            "gunicorn", "aiohttp", "tornado"};
constexpr std::array<std::string_view, 3> kGoServers = {"github.com/gin-gonic/gin", "github.com/labstack/echo",
                                                        "github.com/gofiber/fiber"};

std::string server_remark(std::string_view file, std::string_view library, const Language& language) {
  return fmt::format(
      "{} names {}, a library that waits for requests on a port. A function has no port: Faasta calls its handler. "
      "`faasta new NAME --lang {}` makes a project with a handler",
      file, library, language.name);
}

/// Adds a remark for the first of `libraries` that the text of the file names.
void remark_server(std::string_view file, const std::filesystem::path& folder,
                   std::span<const std::string_view> libraries, ExistingProject& project) {
  const auto content = read_file(folder / file, kLargestManifest);
  if (!content) return;
  const std::string text = lowered(*content);
  const auto found = std::ranges::find_if(libraries, [&](std::string_view name) { return text.contains(name); });
  if (found != libraries.end()) project.remarks.push_back(server_remark(file, *found, *project.language));
}

bool depends_on(const boost::json::object& package, std::string_view name) {
  for (const char* const list : {"dependencies", "devDependencies"}) {
    const auto* const found = package.if_contains(list);
    if (found != nullptr && found->is_object() && found->as_object().contains(name)) return true;
  }
  return false;
}

/// Returns the file after `-o` or `--out` in a script of npm.
std::string output_of_script(const std::string& script) {
  std::istringstream words(script);
  std::string word;
  while (words >> word) {
    for (const std::string_view option : {"-o", "--out", "--output"}) {
      if (word == option && words >> word) return word;
      if (word.starts_with(std::string(option) + "=")) return word.substr(option.size() + 1);
    }
  }
  return {};
}

ExistingProject of_npm(const std::filesystem::path& folder) {
  std::vector<std::string> remarks;
  const boost::json::object package = read_package_json(folder / "package.json", remarks);
  const bool typescript = depends_on(package, "typescript") || is_there(folder / "tsconfig.json");
  ExistingProject out{find_language(typescript ? "ts" : "js"), "package.json", {}, {}, std::move(remarks)};
  const auto* const server =
      std::ranges::find_if(kNpmServers, [&](std::string_view name) { return depends_on(package, name); });
  if (server != kNpmServers.end()) out.remarks.push_back(server_remark("package.json", *server, *out.language));
  for (const std::string_view tool : {"@bytecodealliance/componentize-js", "@bytecodealliance/jco"}) {
    if (!depends_on(package, tool)) continue;
    out.seen += fmt::format(" with {}", tool);
    break;
  }
  const auto* const scripts = package.if_contains("scripts");
  const auto* const build =
      scripts != nullptr && scripts->is_object() ? scripts->as_object().if_contains("build") : nullptr;
  if (build == nullptr || !build->is_string()) return out;
  const std::string script(build->as_string());
  if (!script.contains("componentize") && !script.contains("jco")) return out;
  out.seen += " and its script `build`";
  out.command = "npm run build";
  out.artifact = output_of_script(script);
  return out;
}

ExistingProject of_python(const std::filesystem::path& folder, const std::string& file) {
  ExistingProject out{find_language("python"), file, {}, {}};
  const auto content = read_file(folder / file, kLargestManifest);
  if (content && content->contains("componentize-py")) out.seen += " with componentize-py";
  if (file != "app.py") remark_server(file, folder, kPythonServers, out);
  return out;
}

}  // namespace

std::optional<ExistingProject> find_existing(const std::filesystem::path& folder) {
  if (is_there(folder / "Cargo.toml")) return ExistingProject{find_language("rust"), "Cargo.toml", {}, {}};
  if (is_there(folder / "package.json")) return of_npm(folder);
  for (const char* const file : {"pyproject.toml", "requirements.txt", "app.py"})
    if (is_there(folder / file)) return of_python(folder, file);
  if (is_there(folder / "go.mod")) {
    ExistingProject out{find_language("go"), "go.mod", {}, {}};
    remark_server("go.mod", folder, kGoServers, out);
    return out;
  }
  if (const std::string file = file_ending_with(folder, {".cpp", ".cc", ".cxx"}); !file.empty())
    return ExistingProject{find_language("cpp"), file, {}, {}};
  if (const std::string file = file_ending_with(folder, {".c"}); !file.empty())
    return ExistingProject{find_language("c"), file, {}, {}};
  return std::nullopt;
}

std::string project_file_text(std::string_view name, const ExistingProject& project) {
  std::string out = fmt::format("{}\nname = \"{}\"\n", kSchemaLine, name);
  if (!project.command.empty())
    out += fmt::format("\n[build]\ncommand = \"{}\"\nartifact = \"{}\"\n", project.command, project.artifact);
  else if (!project.language->artifact.empty())
    out += fmt::format("\n[build]\nlanguage = \"{}\"\n", project.language->name);
  return out +
         "\n# Limits may only be set lower than the server's.\n# [limits]\n# cpu_ms = 20\n# memory_mb = 64\n"
         "\n# Outgoing requests are refused unless their origin is listed.\n"
         "# [allow]\n# outbound = [\"https://api.example.com\"]\n"
         "\n# Environment variables of the function.\n# [env]\n# GREETING = \"hello\"\n";
}

std::vector<std::string> missing_sources(const ExistingProject& project, const std::filesystem::path& folder) {
  std::vector<std::string> out;
  if (!project.command.empty()) return out;
  for (const std::string_view source : project.language->sources)
    if (!is_there(folder / source)) out.emplace_back(source);
  return out;
}

}  // namespace faasta::cli
