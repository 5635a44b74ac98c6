#include "cli/project/private_folder.hpp"

#include <fstream>
#include <system_error>

namespace faasta::cli {

Result<std::filesystem::path> private_folder(const std::filesystem::path& project) {
  const std::filesystem::path folder = (project.empty() ? "." : project) / std::filesystem::path(kPrivateFolder);
  std::error_code error;
  if (std::filesystem::is_symlink(folder, error)) return fail(Code::io_error, folder.string() + " is a symbolic link");
  std::filesystem::create_directories(folder, error);
  if (error) return fail_errno(Code::io_error, folder.string(), error.value());
  const std::filesystem::path ignore = folder / ".gitignore";
  if (!std::filesystem::exists(ignore, error)) std::ofstream(ignore) << "*\n";
  return folder;
}

}  // namespace faasta::cli
