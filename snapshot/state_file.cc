#include "snapshot/state_file.h"

#include <charconv>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "envelope/json_scanner.h"
#include "envelope/json_string.h"
#include "envelope/quoted.h"
#include "snapshot/change_rules.h"
#include "snapshot/crc32c.h"
#include "snapshot/state_errors.h"

namespace gapless::internal {
namespace {

// 2 added reserved ceilings.
constexpr std::int64_t kFormat = 2;
// Parsec wants an object of integers, so what is no integer stands in the key. No channel name of Parsec's begins with
// an exclamation mark; one of another server's gets a second one in front.
constexpr char kMark = '!';
constexpr std::string_view kOurs = "!gapless ";
constexpr std::string_view kFormatKey = "!gapless format";
constexpr std::string_view kGenerationKey = "!gapless generation";
constexpr std::string_view kInstanceKey = "!gapless instance ";
constexpr std::string_view kProducerKey = "!gapless producer ";
// Of a channel with a reserved ceiling: then its own entry holds the ceiling, which is what Parsec must go on from.
constexpr std::string_view kProducedKey = "!gapless produced ";
// The checksum comes first and covers everything after its comma.
constexpr std::string_view kChecksumPrefix = R"({"!gapless checksum":)";
constexpr std::string_view kChecksumKey = "!gapless checksum";
constexpr std::size_t kInstanceIdBytes = 32;
// Counters start at 1 and grow by 1, so that only damage or malice brings them here.
constexpr std::int64_t kMaxCounter = std::numeric_limits<std::int64_t>::max() / 2;

using Entries = std::map<std::string, std::int64_t>;

void AppendEntry(std::string& out, std::string_view key, std::int64_t value) {
  if (!out.empty()) out += ',';
  AppendJsonString(out, key);
  out += ':';
  out += std::to_string(value);
}

/// An object of integers, read by the rules of JSON and no laxer ones.
class ObjectReader {
 public:
  ObjectReader(std::string_view text, const std::string& path) : scanner_(text), path_(path) {}

  Entries Read() {
    try {
      scanner_.SkipSpace();
      if (!scanner_.TakeNull()) ReadObject();
      scanner_.SkipSpace();
      if (!scanner_.AtEnd()) Fail("more text follows the object");
    } catch (const JsonSyntaxError& error) {
      throw CorruptState(path_,
                         "not a JSON object of integers: " + error.reason + " at byte " + std::to_string(error.offset));
    }
    return std::move(entries_);
  }

 private:
  void ReadObject() {
    scanner_.Expect('{', "at the start");
    scanner_.SkipSpace();
    if (scanner_.Take('}')) return;
    for (;;) {
      scanner_.SkipSpace();
      const JsonString key = scanner_.ReadString();
      if (!IsUtf8(key.body)) Fail("a key is not UTF-8");
      scanner_.SkipSpace();
      scanner_.Expect(':', "after a key");
      scanner_.SkipSpace();
      const std::int64_t value = ReadInteger();
      const auto [entry, is_new] = entries_.emplace(StringValue(key), value);
      if (!is_new) Fail("the key " + QuotedExcerpt(entry->first) + " appears twice");
      scanner_.SkipSpace();
      if (scanner_.Take('}')) return;
      scanner_.Expect(',', "or '}' after a value");
    }
  }

  std::int64_t ReadInteger() {
    const std::string_view text = scanner_.ReadNumber();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
      Fail(QuotedExcerpt(text) + " is not an integer of 64 bits");
    }
    return value;
  }

  [[noreturn]] void Fail(const std::string& what) const {
    throw CorruptState(path_, what + " (before byte " + std::to_string(scanner_.offset()) + ")");
  }

  JsonScanner scanner_;
  const std::string& path_;
  Entries entries_;
};

bool StartsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool IsOurs(const Entries& entries) {
  const auto first = entries.lower_bound(std::string(kOurs));
  return first != entries.end() && StartsWith(first->first, kOurs);
}

bool IsInstanceId(std::string_view text) {
  return text.size() == kInstanceIdBytes && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void CheckChecksum(std::string_view text, std::int64_t checksum, const std::string& path) {
  const std::size_t comma = text.find(',');
  if (!StartsWith(text, kChecksumPrefix) || comma == std::string_view::npos ||
      checksum != std::int64_t{Crc32c(text.substr(comma + 1))}) {
    throw CorruptState(path,
                       "the checksum does not match, so the file was damaged or another program wrote it. If that was "
                       "Parsec's client, remove the entries that begin with '!gapless' and the files of the same name "
                       "with '.journal-' and '.previous' at the end, and it is read as Parsec's");
  }
}

StateFile ReadOurs(std::string_view text, Entries entries, const std::string& path) {
  const auto take = [&](std::string_view key) -> std::int64_t {
    const auto entry = entries.extract(std::string(key));
    if (entry.empty()) throw CorruptState(path, "the entry " + QuotedExcerpt(key) + " is missing");
    return entry.mapped();
  };
  CheckChecksum(text, take(kChecksumKey), path);
  if (const std::int64_t format = take(kFormatKey); format < 1 || format > kFormat) {
    throw ForeignState(path, "another version of gapless wrote this file (format " + std::to_string(format) +
                                 ", known is " + std::to_string(kFormat) + ")");
  }
  StateFile file;
  StateHeader& header = file.header.emplace();
  header.generation = take(kGenerationKey);
  std::map<std::string, std::int64_t> below_ceiling;
  for (const auto& [key, value] : entries) {
    if (header.instance_id.empty() && StartsWith(key, kInstanceKey)) {
      header.instance_id = key.substr(kInstanceKey.size());
      header.boot_count = value;
    } else if (header.producer_id.empty() && StartsWith(key, kProducerKey)) {
      header.producer_id = key.substr(kProducerKey.size());
    } else if (StartsWith(key, kProducedKey)) {
      below_ceiling.emplace(key.substr(kProducedKey.size()), value);
    } else if (!key.empty() && key.front() == kMark && !StartsWith(key, "!!")) {
      throw CorruptState(path, "the entry " + QuotedExcerpt(key) + " is unknown");
    } else if (value < 1) {
      throw CorruptState(path, QuotedExcerpt(key) + " has the sequence " + std::to_string(value));
    } else {
      file.produced.emplace(StartsWith(key, "!!") ? key.substr(1) : key, value);
    }
  }
  for (const auto& [channel, last] : below_ceiling) {
    const auto entry = file.produced.find(channel);
    if (last < 0 || entry == file.produced.end() || entry->second <= last) {
      throw CorruptState(path, "the ceiling of " + QuotedExcerpt(channel) + " makes no sense");
    }
    file.reserved.emplace(channel, entry->second);
    entry->second = last;
    if (last == 0) file.produced.erase(entry);
  }
  const auto counts = [](std::int64_t value) { return value >= 1 && value <= kMaxCounter; };
  if (!IsInstanceId(header.instance_id) || header.producer_id.empty() || !counts(header.generation) ||
      !counts(header.boot_count)) {
    throw CorruptState(path, "the entries that begin with '!gapless' make no sense");
  }
  return file;
}

StateFile ReadPlain(Entries entries, const std::string& path) {
  StateFile file;
  for (auto& [channel, sequence] : entries) {
    if (sequence < 0)
      throw CorruptState(path, QuotedExcerpt(channel) + " has the sequence " + std::to_string(sequence));
    // Parsec's client may save a channel before its first number.
    if (sequence > 0) file.produced.emplace(channel, sequence);
  }
  return file;
}

}  // namespace

std::uint64_t SystemRandomBits() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::string NewInstanceId(const RandomBits& random) {
  std::string id;
  while (id.size() < kInstanceIdBytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::uint64_t bits = random();
    for (int digit = 0; digit < 16; ++digit, bits >>= 4) id += kDigits[bits & 0xF];
  }
  return id;
}

std::string EncodeStateFile(const StateFile& file) {
  const StateHeader& header = *file.header;
  std::string entries;
  AppendEntry(entries, kFormatKey, kFormat);
  AppendEntry(entries, kGenerationKey, header.generation);
  AppendEntry(entries, std::string(kInstanceKey) + header.instance_id, header.boot_count);
  AppendEntry(entries, std::string(kProducerKey) + header.producer_id, 1);
  std::map<std::string, std::int64_t> parsec_sees = file.produced;
  for (const auto& [channel, ceiling] : file.reserved) {
    std::int64_t& last = parsec_sees[channel];
    AppendEntry(entries, std::string(kProducedKey) + channel, last);
    last = ceiling;
  }
  for (const auto& [channel, sequence] : parsec_sees) {
    const bool marked = !channel.empty() && channel.front() == kMark;
    AppendEntry(entries, marked ? kMark + channel : channel, sequence);
  }
  entries += '}';
  return std::string(kChecksumPrefix) + std::to_string(Crc32c(entries)) + ',' + entries;
}

StateFile ReadStateFile(std::string_view text, const std::string& path) {
  if (text.empty()) throw CorruptState(path, "the file is empty");
  Entries entries = ObjectReader(text, path).Read();
  return IsOurs(entries) ? ReadOurs(text, std::move(entries), path) : ReadPlain(std::move(entries), path);
}

}  // namespace gapless::internal
