#include "envelope/encoder.h"

#include <array>
#include <charconv>
#include <string_view>

#include "envelope/json_scanner.h"
#include "envelope/json_string.h"
#include "envelope/timestamp.h"

namespace gapless {
namespace internal {
namespace {

// Behind the time stand its closing quote and the brace of the envelope.
constexpr std::string_view kEnd = "\"}";

// The text of a sequence, on the stack.
class Digits {
 public:
  explicit Digits(std::int64_t value) noexcept
      : end_(std::to_chars(text_.data(), text_.data() + text_.size(), value).ptr) {}
  Digits(const Digits&) = delete;
  Digits& operator=(const Digits&) = delete;

  std::string_view text() const noexcept { return {text_.data(), static_cast<std::size_t>(end_ - text_.data())}; }

 private:
  std::array<char, 20> text_;  // "-9223372036854775808"
  const char* end_;
};

void CheckKind(const Envelope& envelope) {
  if (envelope.producer.kind != ProducerKind::kUnknown) return;
  throw Error(Errc::kInvalidArgument,
              "the producer kind is one that was decoded from an unknown text and cannot be encoded; set it to user, "
              "agent or service")
      .WithChannel(envelope.channel);
}

void CheckSize(std::size_t size, const std::string& channel) {
  if (size <= kMaxEnvelopeBytes) return;
  throw Error(Errc::kTooLarge, std::to_string(size) + " bytes > " + std::to_string(kMaxEnvelopeBytes) +
                                   "; send a reference to data that lives elsewhere (DataRef)")
      .WithChannel(channel);
}

void AppendPayload(std::string& out, const Envelope& envelope) {
  JsonScanner scanner(envelope.payload);
  try {
    scanner.SkipSpace();
    const std::size_t from = scanner.offset();
    constexpr std::size_t kEnvelopeLevel = 1;
    const bool rewrite = scanner.SkipValueToEncode(kEnvelopeLevel);
    const std::string_view value = scanner.TextSince(from);
    scanner.SkipSpace();
    if (!scanner.AtEnd()) scanner.Fail("more text after the value");
    if (rewrite) {
      AppendCompacted(out, value);
    } else {
      out += value;
    }
  } catch (const JsonSyntaxError& error) {
    throw Error(Errc::kPayloadNotJson, "payload byte " + std::to_string(error.offset) + ": " + error.reason)
        .WithChannel(envelope.channel)
        .WithRaw(envelope.payload);
  }
}

void AppendCausation(std::string& out, const Causation& causation) {
  out += ",\"causation\":{";
  if (!causation.parent_channel.empty()) {
    out += "\"parent_channel\":";
    AppendJsonString(out, causation.parent_channel);
    if (causation.parent_sequence != 0) out += ',';
  }
  if (causation.parent_sequence != 0) {
    out += "\"parent_sequence\":";
    out += Digits(causation.parent_sequence).text();
  }
  out += '}';
}

// Room for everything when nothing needs escaping, so that one allocation is enough.
std::size_t ExpectedSize(const Envelope& envelope) noexcept {
  constexpr std::size_t kKeysAndNumbers = 260;
  return kKeysAndNumbers + envelope.channel.size() + envelope.producer.id.size() + envelope.aspect.size() +
         envelope.schema_ref.size() + envelope.causation.parent_channel.size() + envelope.payload.size();
}

void AppendUpToSequence(std::string& out, const Envelope& envelope) {
  out += "{\"channel\":";
  AppendJsonString(out, envelope.channel);
  out += ",\"sequence\":";
}

void AppendFromProducerToTime(std::string& out, const Envelope& envelope) {
  out += ",\"producer\":{\"id\":";
  AppendJsonString(out, envelope.producer.id);
  out += ",\"kind\":\"";
  out += ToString(envelope.producer.kind);
  out += "\"},\"aspect\":";
  AppendJsonString(out, envelope.aspect);
  if (!envelope.schema_ref.empty()) {
    out += ",\"schema_ref\":";
    AppendJsonString(out, envelope.schema_ref);
  }
  if (!envelope.causation.IsRoot()) AppendCausation(out, envelope.causation);
  if (!envelope.payload.empty()) {
    out += ",\"payload\":";
    AppendPayload(out, envelope);
  }
  out += ",\"produced_at\":\"";
}

}  // namespace

PreparedEnvelope::PreparedEnvelope(const Envelope& envelope) {
  CheckKind(envelope);
  text_.reserve(ExpectedSize(envelope));
  AppendUpToSequence(text_, envelope);
  sequence_at_ = text_.size();
  AppendFromProducerToTime(text_, envelope);
  CheckSize(SizeWith(1), envelope.channel);
}

std::size_t PreparedEnvelope::SizeWith(std::int64_t sequence) const noexcept {
  return text_.size() + Digits(sequence).text().size() + kTimestampBytes + kEnd.size();
}

std::string PreparedEnvelope::Finish(std::int64_t sequence, Timestamp produced_at) const {
  const Digits digits(sequence);
  const std::size_t size = text_.size() + digits.text().size() + kTimestampBytes + kEnd.size();
  CheckSize(size, {});
  std::string out;
  out.reserve(size);
  out.append(text_, 0, sequence_at_);
  out += digits.text();
  out.append(text_, sequence_at_);
  AppendTimestamp(out, produced_at);
  out += kEnd;
  return out;
}

}  // namespace internal

std::string EncodeEnvelope(const Envelope& envelope) {
  internal::CheckKind(envelope);
  std::string out;
  out.reserve(internal::ExpectedSize(envelope));
  internal::AppendUpToSequence(out, envelope);
  out += internal::Digits(envelope.sequence).text();
  internal::AppendFromProducerToTime(out, envelope);
  internal::AppendTimestamp(out, envelope.produced_at);
  out += internal::kEnd;
  internal::CheckSize(out.size(), envelope.channel);
  return out;
}

}  // namespace gapless
