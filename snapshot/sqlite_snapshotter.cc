#include <sys/stat.h>

#include <optional>
#include <string>
#include <utility>

#include "gapless/snapshotter.h"
#include "snapshot/ascii.h"
#include "snapshot/change_rules.h"
#include "snapshot/commit_queue.h"
#include "snapshot/sqlite_schema.h"
#include "snapshot/sqlite_session.h"
#include "snapshot/state_errors.h"
#include "snapshot/state_lease.h"
#include "snapshot/state_path.h"

namespace gapless {

using internal::CommitQueue;
using internal::StateLease;

namespace {

constexpr const char* kInMemory = ":memory:";

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

struct SqliteSnapshotter::Impl {
  Impl(const std::string& path_given, const SqliteOptions& options);

  void RequireLoaded() const;

  const std::string path;
  /// Given back after the connection is closed.
  std::optional<StateLease> lease;
  std::optional<internal::SqliteSession> session;
  bool loaded = false;
  /// Everything above but `lease` belongs to whoever has the turn here.
  CommitQueue queue;
};

SqliteSnapshotter::Impl::Impl(const std::string& path_given, const SqliteOptions& options)
    : path(path_given == kInMemory ? path_given : internal::ResolveStatePath(path_given)),
      queue([this](const CommitQueue::Group& group) {
        RequireLoaded();
        session->Write([&] {
          for (const Changes* changes : group) session->Apply(*changes);
        });
      }) {
  bool state_expected = false;
  if (path != kInMemory) {
    // Clients with other tables in the same database do not disturb each other. Names of tables fold case.
    lease.emplace(path + "-" + internal::Lower(options.table_prefix) + "lock");
    const DatabaseFile file = Examine(path);
    if (!file.exists && file.has_log) {
      throw internal::CorruptState(path, "the database is missing, but its write-ahead log is there");
    }
    // Missing state is a fresh start, whatever was here before.
    if (!file.exists) lease->Forget();
    state_expected = lease->Remembers();
  }
  session.emplace(path, options, state_expected);
  if (lease) lease->Remember();
}

void SqliteSnapshotter::Impl::RequireLoaded() const {
  if (!loaded) throw Error(Errc::kInvalidState, path + ": Load comes before the first save");
}

SqliteSnapshotter::SqliteSnapshotter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqliteSnapshotter::~SqliteSnapshotter() = default;

std::shared_ptr<SqliteSnapshotter> SqliteSnapshotter::Open(const std::string& path, SqliteOptions options) {
  internal::CheckStatePath(path);
  internal::CheckTablePrefix(options.table_prefix);
  if (options.busy_timeout.count() < 0) {
    throw Error(Errc::kInvalidArgument, "SqliteOptions::busy_timeout must not be negative");
  }
  return std::shared_ptr<SqliteSnapshotter>(new SqliteSnapshotter(std::make_unique<Impl>(path, options)));
}

State SqliteSnapshotter::Load(const std::string& producer_id) {
  internal::CheckProducerId(producer_id);
  State state;
  impl_->queue.Alone([&] {
    if (impl_->loaded) {
      throw Error(Errc::kInvalidState,
                  impl_->path + ": this state was loaded already; one snapshotter serves one client");
    }
    impl_->session->Write([&] { state = impl_->session->OpenState(producer_id); });
    impl_->loaded = true;
  });
  return state;
}

void SqliteSnapshotter::Save(const Changes& changes) {
  internal::CheckChanges(changes);
  if (changes.Empty()) return;
  impl_->queue.Save(changes);
}

void SqliteSnapshotter::Transact(const std::function<Changes(Transaction&)>& body) {
  impl_->queue.Alone([&] {
    impl_->RequireLoaded();
    impl_->session->Write([&] {
      const Changes changes = impl_->session->RunBody(body);
      internal::CheckChanges(changes);
      impl_->session->Apply(changes);
    });
  });
}

}  // namespace gapless
