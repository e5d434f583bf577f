#ifndef GAPLESS_SCHEMA_H_
#define GAPLESS_SCHEMA_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/envelope.h"
#include "gapless/error.h"

namespace gapless {

namespace internal {
class ChangeListener;
class RegistryCore;
class ValidatorCore;
}  // namespace internal

/// Values of a pattern's variables in a channel that matched it.
using Bindings = std::map<std::string, std::string>;

/// Longest pattern that is taken, in bytes. Channel names are far shorter: servers cap them at 255.
inline constexpr std::size_t kMaxPatternBytes = 4096;

/// A pattern of channel names, as Parsec's schema registry has it.
///
/// Pattern and channel are split at every `.` and `:` alike, so that `sessions:{id}` also matches `sessions.s19`; empty
/// segments count. A pattern's segments, the most specific first:
///
/// | segment | score | matches |
/// |---|---|---|
/// | `text` | 4 | the same bytes |
/// | `{name}` | 2 | any one segment, bound to `name`; of a repeated name the last segment counts |
/// | `*` | 1 | any one segment |
/// | `**` | 0 | one or more segments; only at the end |
///
/// Any other segment that contains `{`, `}` or `*` is an error. A value: copy it freely, use it from any thread.
class Pattern {
 public:
  /// Throws `Error(kPatternInvalid)` with Parsec's own text, and for a text above `kMaxPatternBytes`.
  static Pattern Parse(std::string_view text);

  /// The text that was parsed.
  const std::string& Text() const noexcept { return text_; }
  /// Sum of the segments' scores.
  int Score() const noexcept { return score_; }

  /// Whether the channel matches.
  bool Matches(std::string_view channel) const noexcept;
  /// The variables' values (empty without variables), or nothing if the channel does not match.
  std::optional<Bindings> Match(std::string_view channel) const;

  /// Parsec's order of precedence: higher score first, then the smaller text (by bytes). Total and strict.
  ///
  /// Being a sum, the score lets `{a}.{b}.{c}` win over `x.**` for `x.y.z`; kept, because peers must agree on the
  /// schema of a channel.
  static bool Precedes(const Pattern& left, const Pattern& right) noexcept;

  friend bool operator==(const Pattern& left, const Pattern& right) noexcept { return left.text_ == right.text_; }

 private:
  enum class Kind : std::uint8_t { kLiteral, kVariable, kSingle, kTail };
  struct Segment {
    Kind kind;
    /// Of the literal or the variable's name, in `text_`.
    std::size_t begin;
    std::size_t length;
  };

  Pattern() = default;
  std::string_view TextOf(const Segment& segment) const noexcept;

  std::string text_;
  std::vector<Segment> segments_;
  int score_ = 0;
};

/// One kind of message within a pattern.
struct Aspect {
  /// Documentation: validation goes by the key in `ChannelPattern::aspects`.
  std::string name = {};
  std::string description = {};
  /// JSON text of the payload's schema, or empty: any payload will do. See `Validator` for the keywords.
  std::string payload_schema = {};
  /// Documentation, never enforced.
  bool required = false;

  friend bool operator==(const Aspect&, const Aspect&) = default;
};

/// Who may do what. Documentation that travels with a pattern, never enforced.
struct AccessPolicy {
  std::vector<std::string> publish_roles = {};
  std::vector<std::string> subscribe_roles = {};
  std::string notes = {};

  bool Empty() const noexcept { return publish_roles.empty() && subscribe_roles.empty() && notes.empty(); }
  friend bool operator==(const AccessPolicy&, const AccessPolicy&) = default;
};

/// What a family of channels carries.
struct ChannelPattern {
  /// As `Pattern` reads it. It is also the registration's key.
  std::string pattern = {};
  std::string description = {};
  /// 0 lets the registry choose: 1 at first, then the previous one plus 1.
  std::int64_t version = 0;
  /// By the aspect's name on the wire.
  std::map<std::string, Aspect> aspects = {};
  /// Without aspects: written as `{}` instead of `null` (Go tells an empty map from none).
  bool has_empty_aspects = false;
  AccessPolicy acl = {};

  /// Parsec's JSON, byte for byte: keys `pattern`, `description`?, `version`, `aspects`, `acl`?; maps sorted; HTML
  /// characters escaped. Of a schema first Parsec's keywords in Parsec's order, then the others sorted. Throws
  /// `Error(kSchemaInvalid)` for a schema text that is not a JSON object of the right form.
  std::string ToJson() const;
  /// Keys match exactly, unknown ones are ignored, a key that appears twice is malformed. Schemas are checked by
  /// `Registry::Register`, not here. Throws `Error(kMalformed)` with the bytes in `raw()`.
  static ChannelPattern FromJson(std::string_view json);

  friend bool operator==(const ChannelPattern&, const ChannelPattern&) = default;
};

/// A point in UTC, to the nanosecond, in the years 1678 to 2261.
using Instant = std::chrono::sys_time<std::chrono::nanoseconds>;

/// "Not set": Go's zero time, `0001-01-01T00:00:00Z` in JSON.
inline constexpr Instant kUnsetInstant = Instant::min();

/// A registry's current patterns.
struct RegistrySnapshot {
  /// Sorted by pattern.
  std::vector<ChannelPattern> patterns = {};
  Instant at = kUnsetInstant;

  /// Keys `patterns` and `at` (RFC 3339 with up to nine fraction digits). Throws as `ChannelPattern::ToJson`.
  std::string ToJson() const;
  /// Reads what Parsec's registry serves. Throws as `ChannelPattern::FromJson`.
  static RegistrySnapshot FromJson(std::string_view json);

  friend bool operator==(const RegistrySnapshot&, const RegistrySnapshot&) = default;
};

enum class ChangeKind : std::uint8_t { kRegistered, kUpdated, kDeregistered };

/// "registered", "updated", "deregistered".
std::string_view ToString(ChangeKind kind) noexcept;

/// The channel on which Parsec programs publish a `Change`'s bare JSON (not an envelope), unless told otherwise.
inline constexpr std::string_view kSchemaChangeChannel = "public:parsec.registry.schemas";

/// One change of a registry.
struct Change {
  ChangeKind kind = ChangeKind::kRegistered;
  std::string pattern = {};
  /// The new registration; nothing when deregistered.
  std::optional<ChannelPattern> schema = std::nullopt;
  Instant at = kUnsetInstant;
  /// Not in the JSON: how many changes right after this one were lost because this subscriber was too slow. When it is
  /// not 0, take a `Snapshot`.
  std::uint64_t missed = 0;

  /// Keys `kind`, `pattern`, `schema`?, `at`. Throws as `ChannelPattern::ToJson`.
  std::string ToJson() const;
  /// Throws as `ChannelPattern::FromJson`, also for an unknown kind.
  static Change FromJson(std::string_view json);

  friend bool operator==(const Change&, const Change&) = default;
};

/// Keeps a handler subscribed to a registry for as long as it lives.
class [[nodiscard]] ChangeSubscription {
 public:
  ChangeSubscription() = default;
  ~ChangeSubscription();
  ChangeSubscription(ChangeSubscription&& other) noexcept;
  ChangeSubscription& operator=(ChangeSubscription&& other) noexcept;

  /// No call of the handler begins or runs after this returns; inside the handler, none begins. May be repeated.
  void Unsubscribe();

 private:
  friend class Registry;
  explicit ChangeSubscription(std::shared_ptr<internal::ChangeListener> listener);

  std::shared_ptr<internal::ChangeListener> listener_;
};

struct RegistryOptions {
  /// The time for snapshots and changes; null takes the system's clock. Called from any thread.
  std::function<Instant()> clock = nullptr;
  /// Versions kept of a pattern, the oldest forgotten first; at least 1.
  std::size_t max_history = 1000;
};

/// Which channels carry what: patterns with their aspects and payload schemas, and each pattern's past versions.
///
/// A handle: copies share one registry. All members are thread-safe; readers never wait for each other, nor for a
/// schema that is being compiled. An operation that throws anything but kHandlerThrew (see `Subscribe`) has changed
/// nothing.
class Registry {
 public:
  /// Throws `Error(kInvalidArgument)` for `max_history` 0.
  explicit Registry(RegistryOptions options = {});
  Registry(const Registry&) = default;
  Registry& operator=(const Registry&) = default;

  /// Adds a pattern and compiles its schemas. Throws `Error`: kPatternInvalid, kPatternConflict when this very text
  /// is registered, kSchemaInvalid naming aspect, keyword and JSON pointer.
  void Register(ChannelPattern pattern);
  /// Replaces a registration; the former one stays in the history. An explicit version may be lower. Throws `Error`:
  /// kPatternInvalid, kPatternNotFound, kSchemaInvalid, kInvalidArgument when no higher version exists.
  void Update(ChannelPattern pattern);
  /// Removes a pattern and its history. Throws `Error(kPatternNotFound)`.
  void Deregister(std::string_view pattern);

  struct Resolution {
    ChannelPattern pattern;
    Bindings bindings;
  };
  /// The pattern that counts for a channel: of those that match, the first by `Pattern::Precedes`. Takes time in
  /// proportion to the number of patterns. Throws `Error(kNoPatternMatches)`.
  Resolution Resolve(std::string_view channel) const;
  /// Throws `Error(kPatternNotFound)`.
  ChannelPattern Get(std::string_view pattern) const;
  /// Sorted by pattern.
  std::vector<ChannelPattern> List() const;
  /// All versions, oldest first, the current one last. Throws `Error(kPatternNotFound)`.
  std::vector<ChannelPattern> History(std::string_view pattern) const;

  RegistrySnapshot Snapshot() const;
  /// Replaces everything, with histories of one version each, or nothing at all. Emits no changes. Throws `Error` as
  /// `Register` does, kPatternConflict when a pattern appears twice.
  void LoadSnapshot(const RegistrySnapshot& snapshot);

  /// Calls `handler` once for each change from now on, in order, one at a time, on the thread of some operation of
  /// this registry: usually the one that made the change, before it returns. The change is visible by then, and the
  /// handler may use the registry, also to change it. When a handler throws, the operation throws
  /// `Error(kHandlerThrew)` after all handlers ran; the change stands. Changes wait in a queue of 1024 per subscriber
  /// while it is busy; above that they are lost and `Change::missed` says how many.
  ChangeSubscription Subscribe(std::function<void(const Change&)> handler);

 private:
  friend class internal::ValidatorCore;
  std::shared_ptr<internal::RegistryCore> core_;
};

/// What a validator does about a payload that breaks its schema.
enum class ValidationMode : std::uint8_t {
  kOff,     ///< Nothing is checked.
  kWarn,    ///< It is reported and delivered (or sent) all the same.
  kStrict,  ///< It is reported and not delivered (or refused).
};

/// Reads a setting as Parsec does: "" and "off" are kOff, "strict" is kStrict, any other text is kWarn.
ValidationMode ParseValidationMode(std::string_view text) noexcept;

/// What a validator holds against an envelope. As an `Error` it has channel, producer and sequence of the envelope,
/// and the payload in `raw()`.
struct Objection : Error {
  Objection(const Error& error, bool is_fatal) : Error(error), fatal(is_fatal) {}
  /// Strict mode: do not deliver, do not send. Otherwise it is only to be reported.
  bool fatal;
};

/// Bounds on payloads that have a schema; one that exceeds them is invalid (kPayloadInvalid). They keep a check short
/// on any input, and its stack below 2 MiB (below 300 KiB for schemas without `$ref` and combinations).
struct PayloadLimits {
  std::size_t max_bytes = 1 << 20;
  /// Levels of arrays and objects, at most 64.
  std::size_t max_depth = 64;
  /// Scalars, arrays and objects together.
  std::size_t max_values = 100'000;
  /// Visits of one value by one schema. Only schemas with `$ref` or combinations such as `oneOf` can exceed the number
  /// of values, by trying many alternatives.
  std::size_t max_steps = 400'000;
};

struct ValidatorOptions {
  PayloadLimits limits = {};
  /// Check against the version that an envelope's `schema_ref` names, instead of the current one: a text `v2`, or any
  /// text that ends in `/v2`, names version 2 of the channel's pattern (the latest registration of that number). Other
  /// texts name none. A version that the registry does not have is an objection (kPatternNotFound). Off, as in Parsec,
  /// where `schema_ref` is free text that nobody reads.
  bool use_schema_ref = false;
};

/// Checks payloads against the schemas of a registry.
///
/// | mode | channel matches no pattern | aspect not declared | aspect without schema | payload breaks its schema |
/// |---|---|---|---|---|
/// | off, or no registry | – | – | – | – |
/// | warn | – | kUnsupportedAspect | – | kPayloadInvalid |
/// | strict | – | kUnsupportedAspect, fatal | – | kPayloadInvalid, fatal |
///
/// Schemas. Parsec's keywords mean what they mean to Parsec, so that peers agree:
/// - `type`: one of string, number, integer, boolean, object, array, null; any other name accepts everything. 1.0 is an
///   integer. `null` passes as object (unless something is required) and as array.
/// - `required`, `properties`, `additionalProperties` (true or false): only beside `"type":"object"`; `items` (one
///   schema): only beside `"type":"array"`. Elsewhere Parsec does not look at them, so neither do we.
/// - `enum`: equal values. `description`: text. All numbers are doubles. No payload counts as `null`.
///
/// Further keywords of JSON Schema draft 7, which Parsec ignores, are enforced: `const`, `multipleOf`, `minimum`,
/// `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `minLength`, `maxLength`, `pattern`, `format`, `minItems`,
/// `maxItems`, `uniqueItems`, `contains`, `minProperties`, `maxProperties`, `propertyNames`, `dependencies`, `allOf`,
/// `anyOf`, `oneOf`, `not`, `if`, `then`, `else`, and `$ref` to a schema of the same document (`#`, `#/definitions/a`).
/// Schemas under these must say `"type":"object"` or `"array"` where they use the keywords above that need it. Formats:
/// date-time, date, time, email, hostname, ipv4, ipv6, uri, uuid. Patterns are ECMAScript's without lookaround and
/// backreferences. `title`, `default`, `examples`, `$comment`, `$schema`, `readOnly`, `writeOnly`, `definitions` and
/// `$defs` are allowed. Anything else, for instance `patternProperties` or a `type` of several names, is refused when
/// it is registered: nothing is silently unenforced.
///
/// A cheap handle; copies share everything. Thread-safe: checks run in parallel.
class Validator {
 public:
  /// Off.
  Validator() = default;
  /// Throws `Error(kInvalidArgument)` for limits out of range.
  Validator(const Registry& registry, ValidationMode mode, const ValidatorOptions& options = {});

  ValidationMode Mode() const noexcept;
  /// Nothing: the envelope passes. Looks at channel, aspect, payload and, if told so, schema_ref; not at whether the
  /// rest of the envelope is valid. Throws nothing of its own.
  std::optional<Objection> Check(const Envelope& envelope) const;

 private:
  std::shared_ptr<const internal::ValidatorCore> core_;
};

}  // namespace gapless

#endif  // GAPLESS_SCHEMA_H_
