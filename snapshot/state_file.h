#ifndef GAPLESS_SNAPSHOT_STATE_FILE_H_
#define GAPLESS_SNAPSHOT_STATE_FILE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gapless::internal {

/// What the state file says besides the sequences.
struct StateHeader {
  std::string producer_id;
  std::string instance_id;
  std::int64_t boot_count = 0;
  /// Grows by one each time the file is written; names the journal that goes on from here.
  std::int64_t generation = 0;

  friend bool operator==(const StateHeader&, const StateHeader&) = default;
};

/// The JSON file: one object of integers, as Parsec's own snapshotter reads it (formats.md).
struct StateFile {
  /// Nothing: a plain file of Parsec's.
  std::optional<StateHeader> header;
  std::map<std::string, std::int64_t> produced;
  /// Ceilings above what was produced.
  std::map<std::string, std::int64_t> reserved;
};

/// Gives 64 random bits.
using RandomBits = std::function<std::uint64_t()>;
std::uint64_t SystemRandomBits();

/// 128 random bits in hexadecimal.
std::string NewInstanceId(const RandomBits& random = SystemRandomBits);

/// `file.header` must be there.
std::string EncodeStateFile(const StateFile& file);

/// `path` is for messages. Throws `Error`: kStateCorrupt for anything that is neither ours with the right checksum nor
/// Parsec's, for a key that appears twice, for numbers that are no sequence; kStateForeign for a newer format.
StateFile ReadStateFile(std::string_view text, const std::string& path);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_STATE_FILE_H_
