#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "envelope/json_scanner.h"
#include "envelope/json_string.h"
#include "envelope/quoted.h"
#include "envelope/timestamp.h"
#include "gapless/envelope.h"

namespace gapless {
namespace {

using internal::JsonScanner;
using internal::JsonString;
using internal::JsonSyntaxError;

constexpr std::array<std::string_view, 8> kEnvelopeKeys = {"channel",    "sequence",  "producer", "aspect",
                                                           "schema_ref", "causation", "payload",  "produced_at"};
constexpr std::array<std::string_view, 2> kProducerKeys = {"id", "kind"};
constexpr std::array<std::string_view, 2> kCausationKeys = {"parent_channel", "parent_sequence"};

// Position in the table, or its size.
template <std::size_t kCount>
std::size_t FindKey(const std::array<std::string_view, kCount>& keys, std::string_view key) noexcept {
  std::size_t index = 0;
  while (index < kCount && keys[index] != key) ++index;
  return index;
}

// Folds as Go's decoder does: ASCII case, and the two characters outside ASCII whose simple folding lies in it.
std::string FoldCase(std::string_view text) {
  constexpr std::string_view kLongS = "\xC5\xBF";
  constexpr std::string_view kKelvin = "\xE2\x84\xAA";
  std::string folded;
  while (!text.empty()) {
    std::size_t taken = 1;
    if (text.starts_with(kLongS)) {
      folded += 's';
      taken = kLongS.size();
    } else if (text.starts_with(kKelvin)) {
      folded += 'k';
      taken = kKelvin.size();
    } else {
      folded += text[0] >= 'A' && text[0] <= 'Z' ? static_cast<char>(text[0] | 0x20) : text[0];
    }
    text.remove_prefix(taken);
  }
  return folded;
}

ProducerKind KindOf(std::string_view text) noexcept {
  for (const ProducerKind kind : {ProducerKind::kUser, ProducerKind::kAgent, ProducerKind::kService}) {
    if (text == ToString(kind)) return kind;
  }
  return text.empty() ? ProducerKind::kUnspecified : ProducerKind::kUnknown;
}

// Reads one envelope in one pass. `null` leaves a field at its default; only the payload keeps it as a value.
class EnvelopeReader {
 public:
  explicit EnvelopeReader(std::string_view bytes) noexcept : scanner_(bytes) {}

  Envelope Read() {
    Envelope envelope;
    scanner_.SkipSpace();
    if (!scanner_.TakeNull()) ReadEnvelope(envelope);
    scanner_.SkipSpace();
    if (!scanner_.AtEnd()) scanner_.Fail("more text after the envelope");
    return envelope;
  }

 private:
  static constexpr std::size_t kEnvelopeLevel = 1;
  static constexpr std::size_t kMemberLevel = 2;

  void ReadEnvelope(Envelope& envelope) {
    ReadObject(kEnvelopeKeys, kEnvelopeLevel, [&](std::size_t key) {
      switch (key) {
        case 0:
          return ReadText(envelope.channel);
        case 1:
          return ReadInteger(envelope.sequence);
        case 2:
          return ReadProducer(envelope.producer);
        case 3:
          return ReadText(envelope.aspect);
        case 4:
          return ReadText(envelope.schema_ref);
        case 5:
          return ReadCausation(envelope.causation);
        case 6:
          return ReadPayload(envelope.payload);
        default:
          return ReadTime(envelope.produced_at);
      }
    });
  }

  void ReadProducer(Producer& producer) {
    if (scanner_.TakeNull()) return;
    ReadObject(kProducerKeys, kMemberLevel, [&](std::size_t key) {
      if (key == 0) return ReadText(producer.id);
      std::string kind;
      ReadText(kind);
      producer.kind = KindOf(kind);
    });
  }

  void ReadCausation(Causation& causation) {
    if (scanner_.TakeNull()) return;
    ReadObject(kCausationKeys, kMemberLevel, [&](std::size_t key) {
      if (key == 0) return ReadText(causation.parent_channel);
      ReadInteger(causation.parent_sequence);
    });
  }

  void ReadPayload(std::string& payload) {
    const std::size_t from = scanner_.offset();
    scanner_.SkipValue(kEnvelopeLevel);
    payload = scanner_.TextSince(from);
  }

  void ReadText(std::string& text) {
    if (scanner_.TakeNull()) return;
    const JsonString string = scanner_.ReadString();
    if (string.plain) {
      text = string.body;
    } else {
      text = internal::StringValue(string);
    }
  }

  void ReadInteger(std::int64_t& value) {
    if (scanner_.TakeNull()) return;
    const std::size_t from = scanner_.offset();
    const std::string_view text = scanner_.ReadNumber();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
      throw JsonSyntaxError{from, internal::QuotedExcerpt(text) + " is not an integer of 64 bits"};
    }
  }

  void ReadTime(Timestamp& time) {
    const std::size_t from = scanner_.offset();
    std::string text;
    ReadText(text);
    if (text.empty()) return;
    const auto read = internal::ReadTimestamp(text);
    if (!read) throw JsonSyntaxError{from, "invalid produced_at " + internal::QuotedExcerpt(text)};
    time = *read;
  }

  // Calls `read_value` with the position in `keys` of every known key; the scanner then stands on the value.
  template <std::size_t kCount, typename ReadValue>
  void ReadObject(const std::array<std::string_view, kCount>& keys, std::size_t level, const ReadValue& read_value) {
    scanner_.Expect('{', "of an object");
    scanner_.SkipSpace();
    if (scanner_.Take('}')) return;
    unsigned seen = 0;
    for (;;) {
      const std::size_t at = scanner_.offset();
      const JsonString key = scanner_.ReadString();
      scanner_.SkipSpace();
      scanner_.Expect(':', "after a key");
      scanner_.SkipSpace();
      const std::size_t index = KnownKey(keys, key, at);
      if (index == kCount) {
        scanner_.SkipValue(level);
      } else {
        if ((seen & (1U << index)) != 0) throw JsonSyntaxError{at, "key " + Name(keys[index]) + " appears twice"};
        seen |= 1U << index;
        read_value(index);
      }
      scanner_.SkipSpace();
      if (!scanner_.Take(',')) break;
      scanner_.SkipSpace();
    }
    scanner_.Expect('}', "or ',' after a value");
  }

  // A key that only a reader who folds case would take for a known one must not be read in two ways: it is an error.
  template <std::size_t kCount>
  static std::size_t KnownKey(const std::array<std::string_view, kCount>& keys, const JsonString& key, std::size_t at) {
    const std::size_t index = key.plain ? FindKey(keys, key.body) : FindKey(keys, internal::StringValue(key));
    if (index != kCount) return index;
    const std::string spelling = internal::StringValue(key);
    const std::size_t folded = FindKey(keys, FoldCase(spelling));
    if (folded != kCount) {
      throw JsonSyntaxError{at, "key " + internal::QuotedExcerpt(spelling) + " must be spelled " + Name(keys[folded])};
    }
    return kCount;
  }

  static std::string Name(std::string_view key) { return internal::Quoted(key); }

  JsonScanner scanner_;
};

}  // namespace

Envelope DecodeEnvelope(std::string_view bytes) {
  try {
    return EnvelopeReader(bytes).Read();
  } catch (const JsonSyntaxError& error) {
    throw Error(Errc::kMalformed, "envelope byte " + std::to_string(error.offset) + ": " + error.reason)
        .WithRaw(std::string(bytes));
  }
}

}  // namespace gapless
