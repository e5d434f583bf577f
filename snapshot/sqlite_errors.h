#ifndef GAPLESS_SNAPSHOT_SQLITE_ERRORS_H_
#define GAPLESS_SNAPSHOT_SQLITE_ERRORS_H_

#include <SQLiteCpp/Exception.h>

#include <string>

#include "gapless/error.h"

namespace gapless::internal {

/// What was under way when SQLite failed.
enum class SqliteStep {
  kOpen,    ///< Opening, checking, reading. Nothing can have changed.
  kWrite,   ///< A transaction before its commit; it is rolled back.
  kCommit,  ///< The commit itself.
};

/// What a failure means for the state. `code` is SQLite's primary result code.
///
///                                  kOpen               kWrite              kCommit
///   damaged                        kStateCorrupt       kStateFailed        kStateFailed
///   not a database                 kStateForeign       kStateFailed        kStateFailed
///   busy, locked, full, read-only  kStateNotWritable   kStateNotWritable   kStateNotWritable
///   input/output, memory, others   kStateNotWritable   kStateNotWritable   kStateFailed
///
/// An error of the disk during a commit may come after the commit record was written: it may count after a crash. A
/// full disk is told from it, because SQLite's file layers report one for writes only and not for syncs: then the
/// record is not complete.
Errc SqliteErrc(int code, SqliteStep step);

Error SqliteError(const SQLite::Exception& error, SqliteStep step, const std::string& path);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_SQLITE_ERRORS_H_
