#include "snapshot/sqlite_errors.h"

#include <sqlite3.h>

#include "snapshot/state_errors.h"

namespace gapless::internal {

Errc SqliteErrc(int code, SqliteStep step) {
  switch (code) {
    case SQLITE_CORRUPT:
      return step == SqliteStep::kOpen ? Errc::kStateCorrupt : Errc::kStateFailed;
    case SQLITE_NOTADB:
      return step == SqliteStep::kOpen ? Errc::kStateForeign : Errc::kStateFailed;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_CONSTRAINT:
      return Errc::kStateNotWritable;
    default:
      return step == SqliteStep::kCommit ? Errc::kStateFailed : Errc::kStateNotWritable;
  }
}

Error SqliteError(const SQLite::Exception& error, SqliteStep step, const std::string& path) {
  const std::string what =
      std::string("SQLite says '") + error.what() + "' (" + std::to_string(error.getExtendedErrorCode()) + ")";
  switch (SqliteErrc(error.getErrorCode() & 0xFF, step)) {
    case Errc::kStateCorrupt:
      return CorruptState(path, what);
    case Errc::kStateForeign:
      return ForeignState(path, what);
    case Errc::kStateFailed:
      return FailedState(path, what);
    default:
      return UnwritableState(path, what);
  }
}

}  // namespace gapless::internal
