#ifndef GAPLESS_STATE_H_
#define GAPLESS_STATE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/file_io.h"
#include "gapless/ledger.h"
#include "gapless/snapshotter.h"

namespace gapless {

/// State on disk, looked at from outside: read, checked, written down as JSON, and built anew from that. Nothing here
/// becomes the owner of a state that exists, so a client may have it open meanwhile.

enum class StateKind : std::uint8_t {
  kFile,    ///< What `FileSnapshotter` keeps.
  kSqlite,  ///< What `SqliteSnapshotter` keeps.
};

struct StateAccess {
  /// Where files are read and written. Null means the system's. A database is always the system's.
  std::shared_ptr<FileIo> io = nullptr;
  /// Of the tables in a database.
  std::string table_prefix = "gapless_";
};

/// What one state holds.
struct StoredState {
  StateKind kind = StateKind::kFile;
  /// Who owns it; empty if no client has opened it yet, or if it is a plain file of Parsec's.
  std::string producer;
  /// With the instance id and the count of openings, if there is an owner.
  State state;
};

/// Reads the state at `path`, whichever kind it is, as it was at one moment. Throws `Error`: kInvalidArgument if there
/// is none, kStateCorrupt, kStateForeign for what is no state of ours or a newer version's, kStateNotWritable when it
/// cannot be read.
StoredState ReadState(const std::string& path, const StateAccess& access = {});

/// One thing that `VerifyState` has to say.
struct StateFinding {
  /// Whether something is lost or contradicts itself; otherwise it is worth knowing, no more.
  bool damage = false;
  /// The file or the part of the state.
  std::string where;
  std::string what;
};

/// Checks everything that can be checked: checksums, the generation before, the database's own integrity check, and
/// whether the content agrees with itself (sequences, outbox, ledger, quarantine). Goes on after a finding as far as it
/// can. Empty: all is well. Throws `Error(kInvalidArgument)` if there is no state.
std::vector<StateFinding> VerifyState(const std::string& path, const StateAccess& access = {});

/// `stored` as JSON (snapshot/formats.md), the same text for the same state. 64-bit numbers are JSON integers, exact;
/// bytes are text where they are UTF-8, base64 otherwise. Throws `Error(kInvalidArgument)` for names that are not
/// UTF-8, which no state holds.
std::string ExportState(const StoredState& stored);

/// What `ExportState` wrote. Throws `Error(kMalformed)`, whose message names the place, for anything else.
StoredState ParseStateExport(std::string_view json);

/// Builds a new state at `path` from `stored`, as its kind says, for the owner that it names. It is a copy: it gets an
/// instance id of its own, so that it is not taken for the original, and one opening. The whole is there when this
/// returns, and nothing if it throws; an import of files that a crash interrupts leaves what is refused as corrupt
/// until it is removed. Throws `Error`: kInvalidArgument if there is state already, or for content that no state can
/// hold (an owner is needed), kStateLocked, kStateNotWritable, kStateFailed.
void ImportState(const StoredState& stored, const std::string& path, const StateAccess& access = {});

/// Whether `[first, last]` of `producer`'s stream is complete by what `stored` says of the subscription `key`; see
/// `Client::Completeness`. Throws `Error(kInvalidArgument)` unless 1 <= first <= last.
Completeness CompletenessOf(const StoredState& stored, const ConsumerKey& key, const std::string& producer,
                            std::int64_t first, std::int64_t last);

}  // namespace gapless

#endif  // GAPLESS_STATE_H_
