// Builds a state anew from what another one held.

#include <exception>
#include <system_error>

#include "gapless/state.h"
#include "snapshot/change_rules.h"
#include "snapshot/sqlite_home.h"
#include "snapshot/sqlite_reader.h"
#include "snapshot/state_errors.h"
#include "snapshot/state_files.h"
#include "snapshot/state_path.h"

namespace gapless {
namespace {

using internal::StateFiles;

Error StateIsThere(const std::string& path) {
  return Error(
      Errc::kInvalidArgument,
      path + ": there is state here already, and an import never overwrites; remove it first, or choose another path");
}

void ImportFiles(const StoredState& stored, const Changes& content, const std::string& path_given,
                 const StateAccess& access) {
  const std::string path = access.io ? path_given : internal::ResolveStatePath(path_given);
  const std::shared_ptr<FileIo> io = access.io ? access.io : SystemFileIo();
  std::unique_ptr<FileLock> lock;
  try {
    lock = io->Lock(path + ".lock");
    if (!lock) throw internal::LockedState(path);
    for (const char* suffix : {"", ".journal-0", ".journal-1", ".previous"}) {
      if (io->Read(path + suffix)) throw StateIsThere(path + suffix);
    }
  } catch (const Error&) {
    throw;
  } catch (const std::system_error& error) {
    throw internal::UnwritableState(path, error.what());
  }
  internal::StateTable table;
  table.Apply(content);
  const internal::StateHeader header{stored.producer, internal::NewInstanceId(), 1, 1};
  StateFiles files(path, io);
  try {
    files.Begin(header, table);
  } catch (const Error& error) {
    // Until the state file has its name the rest is rubbish, which would pass for damaged state.
    if (error.errc() == Errc::kStateNotWritable) {
      try {
        io->Remove(files.JournalPath(1));
        io->Remove(path + ".new");
      } catch (const std::system_error& again) {
        throw internal::UnwritableState(
            path, std::string(error.what()) + "; and what was left by that cannot be removed: " + again.what());
      }
    }
    throw;
  }
}

void ImportTables(const StoredState& stored, const Changes& content, const std::string& path,
                  const StateAccess& access) {
  SqliteOptions options;
  options.table_prefix = access.table_prefix;
  internal::CheckSqliteOptions(path, options);
  internal::SqliteHome home(path, options);
  home.session->Write([&] {
    const State before = home.session->OpenState(stored.producer);
    if (before.boot_count != 1 || !internal::AllOf(before).Empty()) throw StateIsThere(home.path);
    home.session->Apply(content);
  });
}

}  // namespace

void ImportState(const StoredState& stored, const std::string& path, const StateAccess& access) {
  internal::CheckStatePath(path);
  internal::CheckProducerId(stored.producer);
  const Changes content = internal::AllOf(stored.state);
  internal::CheckChanges(content);
  if (stored.kind == StateKind::kFile) {
    ImportFiles(stored, content, path, access);
  } else {
    ImportTables(stored, content, path, access);
  }
}

}  // namespace gapless
