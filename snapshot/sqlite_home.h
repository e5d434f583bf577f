#ifndef GAPLESS_SNAPSHOT_SQLITE_HOME_H_
#define GAPLESS_SNAPSHOT_SQLITE_HOME_H_

#include <optional>
#include <string>

#include "gapless/snapshotter.h"
#include "snapshot/sqlite_session.h"
#include "snapshot/state_lease.h"

namespace gapless::internal {

/// The one name of SQLite's databases that are no files.
inline constexpr const char* kInMemory = ":memory:";

/// A database that is opened by the owner of its state: the lease first, then the session.
struct SqliteHome {
  /// Opens or creates. Throws what `SqliteSnapshotter::Open` names.
  SqliteHome(const std::string& path, const SqliteOptions& options);

  const std::string path;
  /// Given back after the connection is closed.
  std::optional<StateLease> lease;
  std::optional<SqliteSession> session;
};

/// Throws `Error(kInvalidArgument)` for a path or options that can never be.
void CheckSqliteOptions(const std::string& path, const SqliteOptions& options);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_SQLITE_HOME_H_
