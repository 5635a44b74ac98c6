#include "cli/project/private_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <fstream>
#include <system_error>

#include "base/file.hpp"
#include "base/propagate.hpp"

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

Result<std::filesystem::path> private_data(const std::filesystem::path& project, bool fresh) {
  ASSIGN_OR_RETURN(const auto folder, private_folder(project));
  const std::filesystem::path data = folder / "data";
  if (const FileDescriptor lock(::open((data / "lock").c_str(), O_RDONLY | O_CLOEXEC));
      lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail_with_advice(Code::data_unusable, "another `faasta dev` of this project uses " + data.string(),
                            "Stop it, or work with its server");
  std::error_code error;
  if (fresh) std::filesystem::remove_all(data, error);
  if (!error) std::filesystem::create_directories(data, error);
  if (!error) std::filesystem::permissions(data, std::filesystem::perms::owner_all, error);
  if (error) return fail_errno(Code::io_error, data.string(), error.value());
  return data;
}

}  // namespace faasta::cli
