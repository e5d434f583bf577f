// An envelope as a peer sends it: it is refused with its bytes, or it survives being written and read again.

#include "gapless/envelope.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "envelope/encoder.h"
#include "tests/fuzz/target.h"

namespace gapless::fuzz {
namespace {

/// Deep documents are left out: nlohmann compares them recursively.
constexpr std::size_t kMaxComparedBytes = 2'000;

std::optional<Envelope> Decode(std::string_view bytes) {
  try {
    return DecodeEnvelope(bytes);
  } catch (const Error& error) {
    Require(error.errc() == Errc::kMalformed, "what cannot be read is malformed");
    Require(error.raw() == bytes, "a malformed envelope keeps its bytes");
    return std::nullopt;
  }
}

std::optional<std::string> Encode(const Envelope& envelope) {
  try {
    return EncodeEnvelope(envelope);
  } catch (const Error& error) {
    Require(error.errc() == Errc::kTooLarge || error.errc() == Errc::kInvalidArgument,
            "what was read is refused only for its size, its year or its kind of producer");
    return std::nullopt;
  }
}

std::optional<nlohmann::json> Payload(const Envelope& envelope) {
  try {
    return envelope.ParsePayload();
  } catch (const Error& error) {
    Require(error.errc() == Errc::kPayloadNotJson, "a payload without a value says so");
    return std::nullopt;
  }
}

void Validate(const Envelope& envelope) {
  try {
    ValidateEnvelope(envelope);
  } catch (const Error& error) {
    Require(error.errc() != Errc::kInternal, "a broken rule has a code of its own");
  }
}

void ReadDataRef(const Envelope& envelope) {
  try {
    const DataRef ref = DataRef::FromPayload(envelope.payload);
    const DataRef again = DataRef::FromPayload(ref.ToPayload());
    Require(again.url == ref.url && again.size_bytes == ref.size_bytes && again.content_hash == ref.content_hash,
            "a reference to data survives being written");
  } catch (const Error& error) {
    Require(error.errc() == Errc::kPayloadType, "what is no reference to data says so");
  }
}

void ReadTime(std::string_view text) {
  try {
    const Timestamp time = ParseTimestamp(text);
    Require(ParseTimestamp(FormatTimestamp(time)) == time, "a time survives being written");
  } catch (const Error& error) {
    Require(error.errc() == Errc::kMalformed || error.errc() == Errc::kInvalidArgument, "what is no time says so");
  }
}

}  // namespace

void TestOneInput(std::string_view input) {
  ReadTime(input);
  std::optional<Envelope> envelope = Decode(input);
  if (!envelope) return;
  Validate(*envelope);
  ReadDataRef(*envelope);
  const auto payload = Payload(*envelope);
  const auto bytes = Encode(*envelope);
  if (!bytes) return;

  std::optional<Envelope> again = Decode(*bytes);
  Require(again.has_value(), "what was written can be read");
  Require(Encode(*again) == bytes, "what was read is written the same");
  if (envelope->payload.size() <= kMaxComparedBytes) {
    Require(Payload(*again) == payload, "the payload means the same in its wire form");
  }
  again->payload = envelope->payload;
  Require(*again == *envelope, "everything but the payload's spelling survives");

  const internal::PreparedEnvelope prepared(*envelope);
  Require(prepared.SizeWith(envelope->sequence) == bytes->size(), "the size is known before");
  Require(prepared.Finish(envelope->sequence, envelope->produced_at) == *bytes, "prepared, it is the same");
}

}  // namespace gapless::fuzz
