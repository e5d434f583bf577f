// Looks at states without owning them.

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <array>
#include <fstream>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

#include "gapless/state.h"
#include "snapshot/ledger.h"
#include "snapshot/sqlite_errors.h"
#include "snapshot/sqlite_reader.h"
#include "snapshot/sqlite_row.h"
#include "snapshot/sqlite_schema.h"
#include "snapshot/state_check.h"
#include "snapshot/state_errors.h"
#include "snapshot/state_files.h"
#include "snapshot/state_path.h"

namespace gapless {
namespace {

using internal::StateFiles;

// An owner that writes meanwhile may be met in the middle of it; so often in a row it is not.
constexpr int kAttempts = 10;
constexpr int kBusyMilliseconds = 5'000;

Error NoState(const std::string& path) { return Error(Errc::kInvalidArgument, path + ": there is no state here"); }

bool IsDatabase(const std::string& path) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::array<char, 16> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  return file && std::string_view(head.data(), head.size()) == kMagic;
}

/// A state's place, however it was named.
struct Home {
  Home(const std::string& path_given, const StateAccess& access) {
    internal::CheckStatePath(path_given);
    internal::CheckTablePrefix(access.table_prefix);
    path = access.io ? path_given : internal::ResolveStatePath(path_given);
    io = access.io ? access.io : SystemFileIo();
    kind = !access.io && IsDatabase(path) ? StateKind::kSqlite : StateKind::kFile;
  }

  std::optional<std::string> Read(const std::string& name) const {
    try {
      return io->Read(name);
    } catch (const std::system_error& error) {
      throw internal::UnwritableState(name, std::string("it cannot be read: ") + error.what());
    }
  }

  std::string path;
  std::shared_ptr<FileIo> io;
  StateKind kind = StateKind::kFile;
};

StoredState ReadFiles(const Home& home) {
  std::optional<Error> failure;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto before = home.Read(home.path);
    if (!before) throw NoState(home.path);
    try {
      StateFiles::Stored stored = StateFiles(home.path, home.io).Read();
      if (before != home.Read(home.path)) continue;
      StoredState result;
      result.state.produced = stored.table.produced();
      result.state.reserved = stored.table.reserved();
      result.state.consumers = stored.table.consumers();
      result.state.ledger = stored.table.Ledger();
      result.state.quarantine = stored.table.Quarantine();
      result.state.outbox = stored.table.Outbox();
      if (stored.header) {
        result.producer = stored.header->producer_id;
        result.state.instance_id = stored.header->instance_id;
        result.state.boot_count = stored.header->boot_count;
      }
      return result;
    } catch (const Error& error) {
      failure = error;
    }
  }
  if (failure) throw *failure;
  throw internal::UnwritableState(home.path, "its owner writes it all the time");
}

/// Calls with a database in a read transaction, so that everything is of one moment.
void WithDatabase(const Home& home, const std::function<void(SQLite::Database&)>& call) {
  try {
    SQLite::Database database(home.path, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, kBusyMilliseconds);
    database.exec("BEGIN");
    call(database);
  } catch (const SQLite::Exception& error) {
    throw internal::SqliteError(error, internal::SqliteStep::kOpen, home.path);
  }
}

StoredState ReadTables(const Home& home, const std::string& prefix, SQLite::Database& database) {
  const internal::SqliteSchema schema(prefix);
  const std::int64_t version = schema.Version(database);
  if (version == 0) throw NoState(home.path + ", tables " + schema.Table("*"));
  const auto newest = static_cast<std::int64_t>(internal::SqliteSchema::Migrations().size());
  if (version < 0) throw internal::CorruptState(home.path, "the table " + schema.Table("state") + " names no version");
  if (version > newest) throw internal::ForeignState(home.path, "a newer version of gapless wrote this state");
  internal::SqliteReader reader(database, schema, version);
  const auto identity = reader.ReadIdentity();
  StoredState stored;
  stored.kind = StateKind::kSqlite;
  stored.state = reader.Read();
  stored.producer = identity.producer.value_or("");
  stored.state.instance_id = identity.instance_id;
  stored.state.boot_count = identity.boot_count;
  return stored;
}

class Verification {
 public:
  Verification(Home home, std::string prefix) : home_(std::move(home)), prefix_(std::move(prefix)) {}

  std::vector<StateFinding> Run() {
    if (home_.kind == StateKind::kSqlite) {
      CheckDatabase();
    } else {
      if (!home_.Read(home_.path)) throw NoState(home_.path);
      CheckFiles();
    }
    if (stored_) {
      for (StateFinding& finding : internal::CheckContent(*stored_)) findings_.push_back(std::move(finding));
    }
    return std::move(findings_);
  }

 private:
  /// False, and a finding, if `call` throws.
  bool Try(bool damage, const std::string& where, const std::function<void()>& call) {
    try {
      call();
      return true;
    } catch (const Error& error) {
      if (error.errc() == Errc::kInvalidArgument) throw;
      findings_.push_back({damage, where, error.what()});
      return false;
    }
  }

  void CheckDatabase() {
    Try(true, home_.path, [&] {
      WithDatabase(home_, [&](SQLite::Database& database) {
        SQLite::Statement check(database, "PRAGMA integrity_check");
        while (check.executeStep()) {
          const std::string verdict = internal::TextOf(check.getColumn(0));
          if (verdict != "ok") findings_.push_back({true, home_.path, verdict});
        }
      });
    });
    Try(true, home_.path, [&] {
      WithDatabase(home_, [&](SQLite::Database& database) { stored_ = ReadTables(home_, prefix_, database); });
    });
  }

  void CheckFiles() {
    const std::size_t before = findings_.size();
    CheckGeneration(home_.path, true);
    const std::string previous = home_.path + ".previous";
    if (home_.Read(previous)) CheckGeneration(previous, false);
    // What is read in one piece may contradict itself where each file does not.
    if (findings_.size() == before || !findings_[before].damage) {
      Try(true, home_.path, [&] { stored_ = ReadFiles(home_); });
    }
  }

  /// One state file and the journal that belongs to it.
  void CheckGeneration(const std::string& path, bool current) {
    std::optional<internal::StateHeader> header;
    Try(current, path, [&] { header = internal::ReadStateFile(home_.Read(path).value_or(""), path).header; });
    if (!header) return;
    const std::string journal = StateFiles(home_.path, home_.io).JournalPath(header->generation);
    Try(current, journal, [&] {
      const auto bytes = home_.Read(journal);
      if (!bytes) throw internal::CorruptState(journal, "the journal that belongs to the state file is missing");
      const internal::Journal read = internal::ReadJournal(*bytes, journal);
      if (current && read.torn_bytes > 0) {
        findings_.push_back({false, journal,
                             "its last " + std::to_string(read.torn_bytes) +
                                 " bytes are a save that was cut off before anybody was told of it"});
      }
    });
  }

  const Home home_;
  const std::string prefix_;
  std::optional<StoredState> stored_;
  std::vector<StateFinding> findings_;
};

}  // namespace

StoredState ReadState(const std::string& path, const StateAccess& access) {
  const Home home(path, access);
  if (home.kind == StateKind::kFile) return ReadFiles(home);
  StoredState stored;
  WithDatabase(home, [&](SQLite::Database& database) { stored = ReadTables(home, access.table_prefix, database); });
  return stored;
}

std::vector<StateFinding> VerifyState(const std::string& path, const StateAccess& access) {
  return Verification(Home(path, access), access.table_prefix).Run();
}

Completeness CompletenessOf(const StoredState& stored, const ConsumerKey& key, const std::string& producer,
                            std::int64_t first, std::int64_t last) {
  if (first < 1 || first > last) {
    throw Error(Errc::kInvalidArgument, "a range of sequences needs 1 <= first <= last").WithChannel(key.channel);
  }
  std::int64_t cursor = 0;
  if (const auto consumer = stored.state.consumers.find(key); consumer != stored.state.consumers.end()) {
    const auto found = consumer->second.cursors.find(producer);
    if (found != consumer->second.cursors.end()) cursor = found->second.sequence;
  }
  const auto rows = stored.state.ledger.find(key);
  return internal::Judge(rows == stored.state.ledger.end() ? std::vector<LedgerRow>{} : rows->second, producer, cursor,
                         first, last);
}

}  // namespace gapless
