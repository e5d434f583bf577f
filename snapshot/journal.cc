#include "snapshot/journal.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "snapshot/byte_codec.h"
#include "snapshot/changes_codec.h"
#include "snapshot/crc32c.h"
#include "snapshot/state_errors.h"

namespace gapless::internal {
namespace {

// 2 added reserved ceilings, 3 the gap ledger and the quarantine.
constexpr std::uint64_t kFormat = 3;
constexpr std::uint64_t kFirstWithLedger = 3;
constexpr std::string_view kMagic = "GJR1";
// Magic, payload size (8), index (8), checksum of the payload (4), checksum of all these (4).
constexpr std::size_t kHeaderBytes = 28;
// Ends every payload, so that the last byte of a record is never zero and only an unwritten sector reads as zeros.
constexpr char kTrailer = '\n';
// The smallest unit that a disk writes as a whole.
constexpr std::size_t kSectorBytes = 512;

std::uint32_t SaltedCrc(std::uint64_t salt, std::string_view bytes) {
  std::string seed;
  ByteWriter(seed).Fixed64(salt);
  return Crc32c(bytes, Crc32c(seed));
}

std::string EncodeRecord(std::uint64_t salt, std::uint64_t index, const std::string& payload) {
  std::string record;
  record.reserve(kHeaderBytes + payload.size());
  record.append(kMagic);
  ByteWriter writer(record);
  writer.Fixed64(payload.size());
  writer.Fixed64(index);
  writer.Fixed32(SaltedCrc(salt, payload));
  writer.Fixed32(SaltedCrc(salt, record));
  return record + payload;
}

struct RecordHeader {
  std::uint64_t payload_bytes = 0;
  std::uint64_t index = 0;
  std::uint32_t payload_crc = 0;
};

/// Nothing unless `bytes` begin with an intact header.
std::optional<RecordHeader> ReadHeader(std::string_view bytes, std::uint64_t salt) {
  if (bytes.size() < kHeaderBytes || bytes.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  ByteReader reader(bytes.substr(kMagic.size(), kHeaderBytes - kMagic.size()));
  RecordHeader header;
  header.payload_bytes = reader.Fixed64();
  header.index = reader.Fixed64();
  header.payload_crc = reader.Fixed32();
  if (reader.Fixed32() != SaltedCrc(salt, bytes.substr(0, kHeaderBytes - 4))) return std::nullopt;
  return header;
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  Journal Read() {
    journal_.head = ReadHead();
    while (at_ < bytes_.size()) {
      const std::optional<std::string_view> payload = ReadPayload(journal_.head.salt);
      if (!payload) {
        journal_.torn_bytes = bytes_.size() - at_;
        break;
      }
      ReadSaves(*payload);
    }
    return std::move(journal_);
  }

 private:
  [[noreturn]] void Fail(const std::string& what) const {
    throw CorruptState(path_, what + " at byte " + std::to_string(at_));
  }

  // The head was synced before any other file named this journal, so there is no excuse for a torn one.
  JournalHead ReadHead() {
    const std::optional<RecordHeader> header = ReadHeader(bytes_, 0);
    if (!header || header->index != 0 || bytes_.size() - kHeaderBytes < header->payload_bytes) {
      Fail("the head of the journal is damaged");
    }
    const std::string_view payload = bytes_.substr(kHeaderBytes, header->payload_bytes);
    if (SaltedCrc(0, payload) != header->payload_crc) Fail("the head of the journal is damaged");
    ByteReader reader(payload);
    const std::uint64_t format = reader.Varint();
    if (format > kFormat) {
      throw ForeignState(path_, "a newer version of gapless wrote this journal (format " + std::to_string(format) +
                                    ", known is " + std::to_string(kFormat) + ")");
    }
    JournalHead head;
    head.has_ledger = format >= kFirstWithLedger;
    head.instance_id = reader.String();
    head.generation = static_cast<std::int64_t>(reader.Varint());
    head.salt = reader.Fixed64();
    std::optional<Changes> base = DecodeChanges(reader.String());
    reader.Byte();
    if (!reader.ok() || !reader.AtEnd() || !base) Fail("the head of the journal makes no sense");
    head.base = std::move(*base);
    Advance(payload.size());
    return head;
  }

  /// Nothing if what follows is an append that never became durable.
  std::optional<std::string_view> ReadPayload(std::uint64_t salt) {
    const std::string_view rest = bytes_.substr(at_);
    if (rest.size() < kHeaderBytes) return std::nullopt;
    const std::optional<RecordHeader> header = ReadHeader(rest, salt);
    if (!header) {
      if (!HasUnwrittenSector() || HasIntactHeaderAfter(salt)) Fail("a record of the journal is damaged");
      return std::nullopt;
    }
    if (header->index != next_index_) Fail("a record of the journal is out of its place");
    if (rest.size() - kHeaderBytes < header->payload_bytes) return std::nullopt;
    const std::string_view payload = rest.substr(kHeaderBytes, header->payload_bytes);
    if (SaltedCrc(salt, payload) != header->payload_crc) {
      const bool last = rest.size() == kHeaderBytes + payload.size();
      if (!last || !HasUnwrittenSector()) Fail("a record of the journal is damaged");
      return std::nullopt;
    }
    Advance(payload.size());
    return payload;
  }

  void ReadSaves(std::string_view payload) {
    ByteReader reader(payload);
    const std::uint64_t count = reader.Varint();
    for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
      std::optional<Changes> save = DecodeChanges(reader.String());
      if (!save) Fail("a record before this place of the journal makes no sense");
      journal_.saves.push_back(std::move(*save));
    }
    reader.Byte();
    if (!reader.ok() || !reader.AtEnd()) Fail("a record before this place of the journal makes no sense");
  }

  void Advance(std::size_t payload_bytes) {
    at_ += kHeaderBytes + payload_bytes;
    ++next_index_;
  }

  /// Whether a sector from here to the end, or our part of it, reads as zeros.
  bool HasUnwrittenSector() const {
    for (std::size_t from = at_; from < bytes_.size();) {
      const std::size_t to = std::min(bytes_.size(), (from / kSectorBytes + 1) * kSectorBytes);
      if (bytes_.find_first_not_of('\0', from) >= to) return true;
      from = to;
    }
    return false;
  }

  bool HasIntactHeaderAfter(std::uint64_t salt) const {
    for (std::size_t at = bytes_.find(kMagic, at_ + 1); at != std::string_view::npos;
         at = bytes_.find(kMagic, at + 1)) {
      if (ReadHeader(bytes_.substr(at), salt)) return true;
    }
    return false;
  }

  const std::string_view bytes_;
  const std::string& path_;
  Journal journal_;
  std::size_t at_ = 0;
  std::uint64_t next_index_ = 0;
};

}  // namespace

std::string EncodeJournalHead(const JournalHead& head) {
  std::string payload;
  ByteWriter writer(payload);
  writer.Varint(kFormat);
  writer.String(head.instance_id);
  writer.Varint(static_cast<std::uint64_t>(head.generation));
  writer.Fixed64(head.salt);
  writer.String(EncodeChanges(head.base));
  payload.push_back(kTrailer);
  return EncodeRecord(0, 0, payload);
}

std::string EncodeJournalRecord(std::uint64_t salt, std::uint64_t index, const std::vector<const Changes*>& saves) {
  std::string payload;
  ByteWriter writer(payload);
  writer.Varint(saves.size());
  for (const Changes* changes : saves) writer.String(EncodeChanges(*changes));
  payload.push_back(kTrailer);
  return EncodeRecord(salt, index, payload);
}

std::size_t EmptyJournalBytes() {
  constexpr std::size_t kInstanceIdBytes = 32;
  return EncodeJournalHead({std::string(kInstanceIdBytes, '0'), 1, 0, {}}).size();
}

Journal ReadJournal(std::string_view bytes, const std::string& path) { return Reader(bytes, path).Read(); }

}  // namespace gapless::internal
