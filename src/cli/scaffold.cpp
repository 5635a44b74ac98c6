#include "cli/scaffold.hpp"

#include <fcntl.h>

#include <boost/json/array.hpp>
#include <system_error>

#include "base/file.hpp"
#include "cli/templates.hpp"

namespace faasta::cli {
namespace {

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

Result<> write_new(const std::filesystem::path& path, std::string_view content) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return fail_errno(Code::io_error, "create " + path.parent_path().string(), error.value());
  const auto file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0666);  // as an editor would; the umask narrows it
  if (!file) return std::unexpected(file.error());
  return write_all(file->get(), content);
}

}  // namespace

std::vector<NewFile> template_files(const FunctionName& name) {
  std::vector<NewFile> out;
  for (const TemplateFile& file : rust_template())
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
    // "./" gives every path a parent folder.
    if (auto done = write_new("." / folder / file.path, file.content); !done) return std::unexpected(done.error());
    written.push_back(std::move(file.path));
  }
  return written;
}

void report_project(Output& output, const std::filesystem::path& folder, const FunctionName& name,
                    const std::vector<std::string>& written) {
  if (output.json()) {
    output.object({{"name", name.str()},
                   {"folder", folder.string()},
                   {"files", boost::json::array(written.begin(), written.end())}});
    return;
  }
  for (const std::string& path : written) output.line((folder / path).lexically_normal().string());
  const std::string change = folder == "." ? "" : "cd " + folder.string() + " && ";
  output.note("next: " + change + "faasta deploy");
}

}  // namespace faasta::cli
