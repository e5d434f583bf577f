// State as it may lie on a disk. The first byte says what the rest is:
//
//   F  a state file
//   S  the entries of a state file, to be sealed with their checksum
//   J  a journal
//   R  the payloads of a journal's records, each a string of byte_codec.h, to be sealed with their checksums
//   C  the items of one save
//   W  a line as S, and the rest as R: a whole state to open, close and open again
//
// Without the seals a fuzzer would hardly get past the checksums.

#include <memory>
#include <optional>
#include <string>

#include "gapless/simulated_disk.h"
#include "gapless/snapshotter.h"
#include "snapshot/byte_codec.h"
#include "snapshot/change_rules.h"
#include "snapshot/changes_codec.h"
#include "snapshot/crc32c.h"
#include "snapshot/journal.h"
#include "snapshot/state_file.h"
#include "tests/fuzz/target.h"

namespace gapless::fuzz {
namespace {

using internal::ByteReader;
using internal::ByteWriter;
using internal::Crc32c;
using internal::Journal;
using internal::StateFile;

void RequireUnusable(const Error& error) {
  Require(error.errc() == Errc::kStateCorrupt || error.errc() == Errc::kStateForeign, "unusable state says so");
}

std::string SealedStateFile(std::string_view entries) {
  return R"({"!gapless checksum":)" + std::to_string(Crc32c(entries)) + "," + std::string(entries);
}

std::uint32_t SaltedCrc(std::uint64_t salt, std::string_view bytes) {
  std::string seed;
  ByteWriter(seed).Fixed64(salt);
  return Crc32c(bytes, Crc32c(seed));
}

std::string SealedRecord(std::uint64_t salt, std::uint64_t index, std::string_view payload) {
  std::string record = "GJR1";
  ByteWriter writer(record);
  writer.Fixed64(payload.size());
  writer.Fixed64(index);
  writer.Fixed32(SaltedCrc(salt, payload));
  writer.Fixed32(SaltedCrc(salt, record));
  return record.append(payload);
}

/// Where a head has its salt, if it has one.
std::uint64_t SaltOf(std::string_view head) {
  ByteReader reader(head);
  reader.Varint();
  reader.String();
  reader.Varint();
  return reader.Fixed64();
}

std::string SealedJournal(std::string_view payloads) {
  ByteReader reader(payloads);
  const std::string_view head = reader.String();
  std::string journal = SealedRecord(0, 0, head);
  for (std::uint64_t index = 1; reader.ok() && !reader.AtEnd(); ++index) {
    journal += SealedRecord(SaltOf(head), index, reader.String());
  }
  return journal;
}

void ReadFile(std::string_view text) {
  try {
    const StateFile file = internal::ReadStateFile(text, "state");
    if (!file.header) return;
    const StateFile again = internal::ReadStateFile(internal::EncodeStateFile(file), "state");
    Require(again.header == file.header && again.produced == file.produced, "a state file survives being written");
  } catch (const Error& error) {
    RequireUnusable(error);
  }
}

void ReadChanges(std::string_view bytes) {
  const std::optional<Changes> changes = internal::DecodeChanges(bytes);
  if (!changes) return;
  Require(!internal::BrokenRule(*changes), "what is read keeps the rules of what is saved");
  const std::string encoded = internal::EncodeChanges(*changes);
  const std::optional<Changes> again = internal::DecodeChanges(encoded);
  Require(again && internal::EncodeChanges(*again) == encoded, "a save survives being written");
}

void ReadRecords(std::string_view bytes) {
  try {
    const Journal journal = internal::ReadJournal(bytes, "journal");
    Require(journal.torn_bytes <= bytes.size(), "no more is torn than there is");
    std::string again = internal::EncodeJournalHead(journal.head);
    std::uint64_t index = 0;
    for (const Changes& save : journal.saves) {
      again += internal::EncodeJournalRecord(journal.head.salt, ++index, {&save});
    }
    const Journal same = internal::ReadJournal(again, "journal");
    Require(same.saves.size() == journal.saves.size() && same.torn_bytes == 0, "a journal survives being written");
  } catch (const Error& error) {
    RequireUnusable(error);
  }
}

/// Of a producer that every seed of mode W names.
std::optional<State> Load(const std::shared_ptr<SimulatedDisk>& disk) {
  try {
    return FileSnapshotter::Open("state", {.io = disk})->Load("p");
  } catch (const Error& error) {
    // Numbers at their ends leave no room for one more opening.
    if (error.errc() != Errc::kStateNotWritable) RequireUnusable(error);
    return std::nullopt;
  }
}

std::string AsBytes(const State& state) {
  Changes all;
  all.produced.assign(state.produced.begin(), state.produced.end());
  all.reserved.assign(state.reserved.begin(), state.reserved.end());
  all.consumers.assign(state.consumers.begin(), state.consumers.end());
  for (const auto& [key, rows] : state.ledger) {
    for (const LedgerRow& row : rows) all.ledger.emplace_back(key, row);
  }
  for (const auto& [key, kept] : state.quarantine) {
    for (const QuarantinedEnvelope& envelope : kept) all.quarantine.emplace_back(key, envelope);
  }
  all.outbox_added = state.outbox;
  return internal::EncodeChanges(all);
}

void OpenTwice(std::string_view entries, std::string_view payloads) {
  const auto disk = std::make_shared<SimulatedDisk>();
  const std::string journal = SealedJournal(payloads);
  disk->Put("state", SealedStateFile(entries));
  // Whichever the generation's number asks for.
  disk->Put("state.journal-0", journal);
  disk->Put("state.journal-1", journal);
  const std::optional<State> first = Load(disk);
  if (!first) return;
  const std::optional<State> second = Load(disk);
  Require(second.has_value(), "what was opened can be opened again");
  Require(AsBytes(*second) == AsBytes(*first), "opening loses nothing");
  Require(second->boot_count == first->boot_count + 1, "openings are counted");
}

}  // namespace

void TestOneInput(std::string_view input) {
  if (input.empty()) return;
  const char kind = input.front();
  std::string_view rest = input.substr(1);
  switch (kind) {
    case 'F':
      return ReadFile(rest);
    case 'S':
      return ReadFile(SealedStateFile(rest));
    case 'J':
      return ReadRecords(rest);
    case 'R':
      return ReadRecords(SealedJournal(rest));
    case 'C':
      return ReadChanges(rest);
    case 'W': {
      const std::string_view entries = CutLine(rest);
      return OpenTwice(entries, rest);
    }
    default:
      return;
  }
}

}  // namespace gapless::fuzz
