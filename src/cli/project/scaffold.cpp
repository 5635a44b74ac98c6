#include "cli/project/scaffold.hpp"

#include <fcntl.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <system_error>

#include "base/file.hpp"
#include "cli/process/process.hpp"
#include "cli/process/program.hpp"
#include "cli/project/templates.hpp"

namespace faasta::cli {
namespace {

bool has_manifest_above(const std::filesystem::path& folder) {
  std::error_code error;
  for (auto at = folder; at != at.root_path();) {
    at = at.parent_path();
    if (std::filesystem::exists(at / "Cargo.toml", error)) return true;
  }
  return false;
}

std::string shell_quoted(const std::string& text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:@%,=~";
  if (text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

Result<> write_new(const std::filesystem::path& path, std::string_view content) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return fail_errno(Code::io_error, "create " + path.parent_path().string(), error.value());
  const auto file =
      open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0666);  // mode 0666 minus the umask, as for a new file of an editor
  if (!file) return std::unexpected(file.error());
  return write_all(file->get(), content);
}

}  // namespace

std::string filled(std::string_view content, const std::string& name) {
  constexpr std::string_view kPlaceholder = "{{name}}";
  std::string out;
  while (true) {
    const auto at = content.find(kPlaceholder);
    out += content.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += name;
    content.remove_prefix(at + kPlaceholder.size());
  }
}

std::vector<NewFile> template_files(const Language& language, const FunctionName& name) {
  const auto all = project_templates();
  const auto chosen = std::ranges::find(all, language.name, &ProjectTemplate::language);
  std::vector<NewFile> out;
  if (chosen == all.end()) return out;
  for (const TemplateFile& file : chosen->files)
    out.push_back({std::string(file.path), filled(file.content, name.str())});
  return out;
}

Outcome<std::vector<std::string>> write_project(const std::filesystem::path& folder, std::vector<NewFile> files) {
  std::string present;
  std::error_code error;
  for (const NewFile& file : files)
    if (std::filesystem::exists(std::filesystem::symlink_status(folder / file.path, error)))
      present += (folder / file.path).lexically_normal().string() + "\n";
  if (!present.empty()) {
    present.pop_back();
    return fail(Code::already_exists, present);
  }
  std::vector<std::string> written;
  for (NewFile& file : files) {
    // "./" makes sure that every path has a parent folder.
    if (auto done = write_new("." / folder / file.path, file.content); !done) return std::unexpected(done.error());
    written.push_back(std::move(file.path));
  }
  return written;
}

Outcome<> settle_workspace(const std::filesystem::path& folder, Output& output) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::canonical("." / folder, error);
  if (error || !has_manifest_above(here)) return {};
  const std::filesystem::path manifest = here / "Cargo.toml";
  std::string workspace;
  int status = 1;
  if (auto cargo = Process::start({cargo_program(), "locate-project", "--workspace", "--message-format", "plain",
                                   "--manifest-path", manifest.string()},
                                  Process::Stdout::pipe)) {
    cargo->pump([&](std::string_view bytes) { workspace += bytes; }, [](std::string_view) {});
    status = cargo->wait();
  }
  while (workspace.ends_with('\n')) workspace.pop_back();
  if (status == 0 && workspace == manifest) return {};
  if (status == 0) {
    output.note("a member of the workspace of " + workspace + ", whose profiles and Cargo.lock count");
    return {};
  }
  const auto file = open_file(manifest, O_WRONLY | O_APPEND);
  if (!file) return std::unexpected(file.error());
  if (auto done = write_all(file->get(), "\n# Not a member of the workspace above.\n[workspace]\n"); !done)
    return std::unexpected(done.error());
  output.note("there is a cargo workspace above; this project is one of its own (`[workspace]` in Cargo.toml)");
  return {};
}

void report_project(Output& output, const std::filesystem::path& from, const std::filesystem::path& folder,
                    const FunctionName& name, const std::vector<std::string>& written) {
  if (output.json()) {
    output.object({{"name", name.str()},
                   {"folder", folder.string()},
                   {"files", boost::json::array(written.begin(), written.end())}});
    return;
  }
  for (const std::string& path : written) output.line((folder / path).lexically_normal().string());
  const std::filesystem::path target = (from / folder).lexically_normal();
  const std::string change = target == "." || target.empty() ? "" : "cd " + shell_quoted(target.string()) + " && ";
  output.note("next: " + change + "faasta deploy");
}

}  // namespace faasta::cli
