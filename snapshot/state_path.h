#ifndef GAPLESS_SNAPSHOT_STATE_PATH_H_
#define GAPLESS_SNAPSHOT_STATE_PATH_H_

#include <string>

namespace gapless::internal {

/// Throws `Error(kInvalidArgument)` for a path that is empty or holds a NUL.
void CheckStatePath(const std::string& path);

/// The one name of a file that may be reached by several: absolute and without symbolic links, so that all of them
/// meet at the same lock. The file need not exist, its directory must. Throws `Error`: kStateNotWritable,
/// kInvalidArgument for a symbolic link to nowhere.
std::string ResolveStatePath(const std::string& path);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_STATE_PATH_H_
