#include "snapshot/sqlite_home.h"

#include <sys/stat.h>

#include "snapshot/ascii.h"
#include "snapshot/sqlite_schema.h"
#include "snapshot/state_errors.h"
#include "snapshot/state_path.h"

namespace gapless::internal {
namespace {

/// What can be known of the database before SQLite touches it.
struct DatabaseFile {
  bool exists = false;
  bool has_log = false;
};

DatabaseFile Examine(const std::string& path) {
  DatabaseFile file;
  struct stat status {};
  const std::string log = path + "-wal";
  file.has_log = stat(log.c_str(), &status) == 0 && status.st_size > 0;
  file.exists = stat(path.c_str(), &status) == 0;
  if (!file.exists) return file;
  if (!S_ISREG(status.st_mode)) throw Error(Errc::kInvalidArgument, path + " is not a regular file");
  if (status.st_nlink > 1) {
    // SQLite names the log after the path, and so do we the lock: two names would be two of each.
    throw Error(Errc::kInvalidArgument, path +
                                            " has more than one hard link, which would let two clients corrupt it; "
                                            "make a copy of its own");
  }
  return file;
}

}  // namespace

SqliteHome::SqliteHome(const std::string& path_given, const SqliteOptions& options)
    : path(path_given == kInMemory ? path_given : ResolveStatePath(path_given)) {
  bool state_expected = false;
  if (path != kInMemory) {
    // Clients with other tables in the same database do not disturb each other. Names of tables fold case.
    lease.emplace(path + "-" + Lower(options.table_prefix) + "lock");
    const DatabaseFile file = Examine(path);
    if (!file.exists && file.has_log) {
      throw CorruptState(path, "the database is missing, but its write-ahead log is there");
    }
    // Missing state is a fresh start, whatever was here before.
    if (!file.exists) lease->Forget();
    state_expected = lease->Remembers();
  }
  session.emplace(path, options, state_expected);
  if (lease) lease->Remember();
}

void CheckSqliteOptions(const std::string& path, const SqliteOptions& options) {
  CheckStatePath(path);
  CheckTablePrefix(options.table_prefix);
  if (options.busy_timeout.count() < 0) {
    throw Error(Errc::kInvalidArgument, "SqliteOptions::busy_timeout must not be negative");
  }
}

}  // namespace gapless::internal
