#include "snapshot/state_path.h"

#include <filesystem>
#include <system_error>

#include "envelope/quoted.h"
#include "gapless/error.h"
#include "snapshot/state_errors.h"

namespace gapless::internal {

void CheckStatePath(const std::string& path) {
  if (path.empty()) throw Error(Errc::kInvalidArgument, "the path of the state is empty");
  if (path.find('\0') != std::string::npos) {
    throw Error(Errc::kInvalidArgument, "the path of the state holds a NUL: " + QuotedExcerpt(path));
  }
}

std::string ResolveStatePath(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path given(path);
  const fs::file_status target = fs::status(given, error);
  if (fs::exists(target)) {
    const fs::path resolved = fs::canonical(given, error);
    if (error) throw UnwritableState(path, "cannot be resolved: " + error.message());
    return resolved.string();
  }
  if (fs::is_symlink(fs::symlink_status(given, error))) {
    throw Error(Errc::kInvalidArgument, path + " is a symbolic link to nowhere; name the file itself");
  }
  const fs::path directory = fs::canonical(given.has_parent_path() ? given.parent_path() : fs::path("."), error);
  if (error) throw UnwritableState(path, "its directory cannot be resolved: " + error.message());
  return (directory / given.filename()).string();
}

}  // namespace gapless::internal
