#ifndef GAPLESS_ENVELOPE_H_
#define GAPLESS_ENVELOPE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "gapless/error.h"

namespace gapless {

/// A point in UTC, to the millisecond: what `produced_at` carries on the wire.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// "Not set": 0001-01-01T00:00:00Z, the zero time of Go, which the wire form uses for the same purpose.
inline constexpr Timestamp kUnsetTime{std::chrono::milliseconds{-62'135'596'800'000}};

/// Who produces: a person, a program acting for itself, or a service.
enum class ProducerKind : std::uint8_t {
  kUnspecified,  ///< The text was empty or absent. Valid nowhere; `Validate` refuses it.
  kUser,
  kAgent,
  kService,
  kUnknown,  ///< Decoded from a text that is none of the three. `Validate` refuses it.
};

/// "user", "agent", "service"; empty for `kUnspecified` and `kUnknown`.
std::string_view ToString(ProducerKind kind) noexcept;

/// Who wrote an envelope. One producer id has one live writer (promise L5).
struct Producer {
  std::string id;
  ProducerKind kind = ProducerKind::kService;

  friend bool operator==(const Producer&, const Producer&) = default;
};

/// The back reference to the envelope that caused this one. Both members empty or zero: a root event.
///
/// The wire form names no producer, so the reference is ambiguous where several producers share a channel.
struct Causation {
  std::string parent_channel;
  std::int64_t parent_sequence = 0;

  bool IsRoot() const noexcept { return parent_channel.empty() && parent_sequence == 0; }
  friend bool operator==(const Causation&, const Causation&) = default;
};

/// Largest encoded envelope that `EncodeEnvelope` lets pass, in bytes (Parsec: MaxEnvelopeSize).
inline constexpr std::size_t kMaxEnvelopeBytes = 65'536;

/// Deepest nesting that is read or written, counting the envelope object itself (as Go's encoding/json).
inline constexpr std::size_t kMaxJsonDepth = 10'000;

/// One message, as Parsec defines it. A plain value: copy it, keep it, compare it.
struct Envelope {
  std::string channel;
  /// Place in the stream of this (channel, producer): 1, 2, 3 …
  std::int64_t sequence = 0;
  Producer producer{.id = {}, .kind = ProducerKind::kUnspecified};
  /// The routing key inside a channel.
  std::string aspect;
  /// Free text naming a schema, or empty.
  std::string schema_ref;
  Causation causation;
  /// Exactly one JSON value as raw text, or empty for "no payload". `null` is a payload of four bytes.
  std::string payload;
  Timestamp produced_at = kUnsetTime;

  /// Set on reception, never on the wire: the server's offset of the publication that carried it, 0 if none.
  std::uint64_t offset = 0;
  /// Set on reception: it belongs to a range that `OnGap` had already reported (promise R2).
  bool late = false;

  /// The payload as a DOM; absent payloads give `null`. Bytes in its strings that are not UTF-8, and surrogate
  /// escapes without a partner, read as U+FFFD, as Go reads them. Throws `Error(kPayloadNotJson)`.
  /// Include <nlohmann/json.hpp> to use the result.
  nlohmann::json ParsePayload() const;

  /// The payload as a `T` that nlohmann::json can convert to. Throws `Error(kPayloadType)` when it does not
  /// fit. Include <nlohmann/json.hpp> before calling it.
  template <typename T>
  T PayloadAs() const;

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

/// The Parsec wire form, byte for byte what its Go code emits: key order, omission rules, compaction and
/// HTML escaping of the payload, `produced_at` last with three fraction digits.
///
/// Does not call `ValidateEnvelope`. Throws `Error`: kPayloadNotJson when the payload is not exactly one JSON
/// value, kTooLarge above `kMaxEnvelopeBytes`, kInvalidArgument when the year lies outside 0–9999 or the
/// producer kind is `kUnknown`.
std::string EncodeEnvelope(const Envelope& envelope);

/// Reads the wire form: everything that Go's encoder can emit, unknown keys ignored, missing keys left at
/// their defaults, whitespace allowed, any size.
///
/// Keys match exactly, and a known key that appears twice is malformed (DESIGN: the wire form has one
/// spelling). The payload is kept as raw text and is checked to be well-formed JSON. Does not call
/// `ValidateEnvelope`. Throws `Error(kMalformed)` with the bytes in `raw()`.
Envelope DecodeEnvelope(std::string_view bytes);

/// Structural checks, first failure wins, in Parsec's order: channel, aspect, producer id, producer kind,
/// sequence > 0, produced_at set. Throws `Error` with the code named after the check.
void ValidateEnvelope(const Envelope& envelope);

/// `2026-05-27T14:22:09.331Z`. Throws `Error(kInvalidArgument)` outside the years 0–9999.
std::string FormatTimestamp(Timestamp time);

/// RFC 3339 as Go reads it: 0 or more fraction digits (all past the third dropped), `.` or `,`, `Z` or ±hh:mm
/// up to 24:60. Throws `Error(kMalformed)`.
Timestamp ParseTimestamp(std::string_view text);

/// Aspect and payload of the convention for payloads that live elsewhere. No code fetches or verifies it.
struct DataRef {
  static constexpr std::string_view kAspect = "data_ref";

  std::string url;
  std::int64_t size_bytes = 0;
  /// For instance `sha256:…`; omitted on the wire when empty.
  std::string content_hash;

  /// The payload text: keys url, size_bytes, content_hash, in this order.
  std::string ToPayload() const;
  /// Throws `Error(kPayloadType)` when the payload is not of this form.
  static DataRef FromPayload(std::string_view payload);
};

namespace internal {
/// Rethrows nlohmann's complaint about a payload as `Error(kPayloadType)`.
[[noreturn]] void ThrowPayloadType(const Envelope& envelope, const char* why);
/// Rethrows nlohmann's complaint about a value that has no JSON text as `Error(kPayloadNotJson)`.
[[noreturn]] void ThrowPayloadNotJson(const char* why);

// The envelope's type is a template parameter so that the DOM may stay incomplete until a user needs it.
template <typename T, typename E>
T PayloadAs(const E& envelope) {
  auto dom = envelope.ParsePayload();
  try {
    return dom.template get<T>();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    ThrowPayloadType(envelope, error.what());
  }
}

template <typename T, typename Json = nlohmann::json>
std::string ToPayloadText(const T& value) {
  try {
    return Json(value).dump();
  } catch (const typename Json::exception& error) {
    ThrowPayloadNotJson(error.what());
  }
}
}  // namespace internal

template <typename T>
T Envelope::PayloadAs() const {
  return internal::PayloadAs<T>(*this);
}

}  // namespace gapless

#endif  // GAPLESS_ENVELOPE_H_
