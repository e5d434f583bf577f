#ifndef GAPLESS_SNAPSHOTTER_H_
#define GAPLESS_SNAPSHOTTER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gapless/envelope.h"
#include "gapless/error.h"
#include "gapless/file_io.h"
#include "gapless/ledger.h"
#include "gapless/transport.h"

struct sqlite3;

namespace gapless {

/// An accepted envelope that no server has acknowledged yet.
struct OutboxEntry {
  std::string channel;
  std::int64_t sequence = 0;
  /// The encoded envelope: a resend is these bytes.
  std::shared_ptr<const std::string> bytes;
};

/// How far one stream was handled: the highest sequence whose handlers have all returned, and the youngest
/// `produced_at` among those, by which a producer that started over is told from a duplicate (promise R6).
struct Cursor {
  std::int64_t sequence = 0;
  Timestamp produced_at = kUnsetTime;

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// The durable place of one subscription in one channel: the cursor of each producer, and the server's position
/// up to which everything was handled.
struct ConsumerState {
  std::map<std::string, Cursor> cursors;
  Position position;

  friend bool operator==(const ConsumerState&, const ConsumerState&) = default;
};

/// A subscription's name in state: the channel and the subscription's durable name (usually empty).
struct ConsumerKey {
  std::string channel;
  std::string name;

  friend auto operator<=>(const ConsumerKey&, const ConsumerKey&) = default;
};

/// Everything that a snapshotter knows, read once when a client starts.
struct State {
  /// Channel → last sequence produced.
  std::map<std::string, std::int64_t> produced;
  /// Channel → ceiling: any sequence above `produced` and up to it may have been used. Always above `produced`.
  std::map<std::string, std::int64_t> reserved;
  std::map<ConsumerKey, ConsumerState> consumers;
  /// The gap ledger of each subscription, by id; the oldest first.
  std::map<ConsumerKey, std::vector<LedgerRow>> ledger;
  /// What each subscription keeps in quarantine, by id; the oldest first.
  std::map<ConsumerKey, std::vector<QuarantinedEnvelope>> quarantine;
  /// In the order accepted.
  std::vector<OutboxEntry> outbox;
  /// Names this state since it was created; a copy has the same.
  std::string instance_id;
  /// How often this state was opened, this time included.
  std::int64_t boot_count = 0;
};

/// What one save changes. Applied as a whole or not at all; removals after additions.
///
/// Names and reasons are UTF-8; sequences and ids are at least 1, cursors and ceilings at least 0; the whole is below
/// 256 MiB. Anything else is refused with `Error(kInvalidArgument)`.
struct Changes {
  /// Channel and last sequence; never lowers what is stored.
  std::vector<std::pair<std::string, std::int64_t>> produced;
  /// Channel and ceiling. Replaces what is stored, higher or lower; a ceiling that is not above what was produced, such
  /// as 0, says that nothing is reserved any more. A channel named twice gets the last one.
  std::vector<std::pair<std::string, std::int64_t>> reserved;
  /// An entry that is there already (same channel and sequence) stays as it is.
  std::vector<OutboxEntry> outbox_added;
  /// Channel and sequence of acknowledged entries; unknown ones are ignored.
  std::vector<std::pair<std::string, std::int64_t>> outbox_removed;
  /// Cursors named replace those stored for the same producer; others stay. The position replaces the one stored.
  std::vector<std::pair<ConsumerKey, ConsumerState>> consumers;
  /// A row of an id that is there already replaces it.
  std::vector<std::pair<ConsumerKey, LedgerRow>> ledger;
  /// Subscription and id; unknown ones are ignored.
  std::vector<std::pair<ConsumerKey, std::int64_t>> ledger_removed;
  /// As `ledger` and `ledger_removed`.
  std::vector<std::pair<ConsumerKey, QuarantinedEnvelope>> quarantine;
  std::vector<std::pair<ConsumerKey, std::int64_t>> quarantine_removed;

  bool Empty() const {
    return produced.empty() && reserved.empty() && outbox_added.empty() && outbox_removed.empty() &&
           consumers.empty() && ledger.empty() && ledger_removed.empty() && quarantine.empty() &&
           quarantine_removed.empty();
  }
};

/// A value in the user's own tables, as SQLite has them.
using SqlValue = std::variant<std::nullptr_t, std::int64_t, double, std::string>;

/// An open transaction on the database that holds the state, for writes that must stand or fall with it.
/// Valid only inside the call that handed it out, on that thread. Never commit or roll back through it.
class Transaction {
 public:
  virtual ~Transaction() = default;
  /// Runs one statement with `?` parameters bound in order. Throws `Error(kInvalidArgument)` for bad SQL or too
  /// few or many parameters, `Error(kStateNotWritable)` when the database refuses.
  virtual void Execute(std::string_view sql, std::initializer_list<SqlValue> parameters = {}) = 0;
  /// The same for a query: one vector per row.
  virtual std::vector<std::vector<SqlValue>> Query(std::string_view sql,
                                                   std::initializer_list<SqlValue> parameters = {}) = 0;
  /// The connection, for everything else. Do not keep it.
  virtual sqlite3* Handle() = 0;
};

/// The durable home of sequence state. One snapshotter serves one client.
///
/// Thread-safe. Missing state is a fresh start; unreadable or foreign state is an error, never a silent
/// restart at 1. What is durable when a call returns survives kill -9 and power loss.
class Snapshotter {
 public:
  virtual ~Snapshotter() = default;

  /// Binds the state to `producer_id` and reads it. Called once, by the client, before anything is saved; again after
  /// it threw kStateNotWritable. Throws `Error`: kStateForeign for another producer's state, kStateCorrupt,
  /// kStateNotWritable, kStateFailed, kInvalidState for a second call.
  virtual State Load(const std::string& producer_id) = 0;
  /// Makes `changes` durable before it returns; cost does not grow with the number of channels. Concurrent
  /// callers share commits. Throws `Error`: kStateNotWritable (nothing changed), kStateFailed (unknown),
  /// kInvalidArgument, kInvalidState before `Load` or from inside `Transact`.
  virtual void Save(const Changes& changes) = 0;
  /// Whether `Transact` is there.
  virtual bool Transactional() const { return false; }
  /// Runs `body` in a transaction and commits it together with the changes that `body` returns. If `body`
  /// throws, everything is rolled back and the exception goes on. Throws as `Save`; `Error(kNotSupported)`
  /// where state is no database; `Error(kInvalidState)`, with everything undone, when `body` committed or rolled back
  /// by itself. `body` must not call the snapshotter, nor wait for a thread that does.
  virtual void Transact(const std::function<Changes(Transaction&)>& body);
};

struct FileOptions {
  /// Where the files are. Null means the system's files; symbolic links are then followed first.
  std::shared_ptr<FileIo> io;
  /// The journal is folded into the JSON file once it is longer than this, in bytes, and than twice the state that it
  /// began with, so that writing the whole state again costs a save only a constant on average. At least 1.
  std::size_t journal_bytes = std::size_t{1} << 20;
  /// Gives 64 random bits, of which the marks are made that tell copies of a state apart. Null means the system's; a
  /// simulation, which must repeat, has its own.
  std::function<std::uint64_t()> random = nullptr;
};

/// One JSON file that Parsec's own file snapshotter also reads, with a journal beside it so that a save costs
/// one append, whatever the number of channels.
///
/// A plain file of Parsec's is read and becomes one of ours. The other way, Parsec sees what the JSON file holds (for a
/// channel with a reserved ceiling, the ceiling, so that it reuses nothing either), which is exact once the snapshotter
/// is destroyed; after a crash it lags behind the journal until the state was opened and closed once. The files `PATH`,
/// `PATH.journal-0` and `PATH.journal-1` belong together and are copied together; `PATH.previous` and the older journal
/// are the state file's generation before. The formats are described in snapshot/formats.md.
class FileSnapshotter : public Snapshotter {
 public:
  /// Opens or creates `path` (its directory must exist) and takes an exclusive lock, on `PATH.lock`. Throws
  /// `Error`: kStateLocked, kStateNotWritable, kInvalidArgument; content is checked by `Load`.
  static std::shared_ptr<FileSnapshotter> Open(const std::string& path, FileOptions options = {});
  ~FileSnapshotter() override;

  State Load(const std::string& producer_id) override;
  void Save(const Changes& changes) override;

 private:
  struct Impl;
  explicit FileSnapshotter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct SqliteOptions {
  /// Our tables are named with this prefix, so that state can live inside the user's own database.
  /// Letters, digits and `_`, not empty.
  std::string table_prefix = "gapless_";
  /// How long to wait for another connection of the user's to finish writing.
  std::chrono::milliseconds busy_timeout{5'000};
};

/// State in SQLite: WAL, synchronous=FULL, immediate transactions, versioned schema.
///
/// It can live in a database of the user's own. Then that database is switched to WAL, its application_id and
/// user_version stay as they are, and foreign keys are enforced in `Transact`. Everybody else may go on using the
/// database; only our tables have one owner at a time.
class SqliteSnapshotter : public Snapshotter {
 public:
  /// Opens or creates the database at `path` (its directory must exist; ":memory:" is allowed, for tests) and
  /// takes an exclusive lease on its gapless tables: a lock on a small file beside it, whose name ends in the prefix
  /// and "lock". Symbolic links are followed first; a file with several hard links is refused. Throws `Error`:
  /// kStateLocked, kStateForeign (no database, tables of these names that are not ours, or a newer version's),
  /// kStateCorrupt, kStateNotWritable, kInvalidArgument.
  static std::shared_ptr<SqliteSnapshotter> Open(const std::string& path, SqliteOptions options = {});
  ~SqliteSnapshotter() override;

  State Load(const std::string& producer_id) override;
  void Save(const Changes& changes) override;
  bool Transactional() const override { return true; }
  void Transact(const std::function<Changes(Transaction&)>& body) override;

 private:
  struct Impl;
  explicit SqliteSnapshotter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gapless

#endif  // GAPLESS_SNAPSHOTTER_H_
