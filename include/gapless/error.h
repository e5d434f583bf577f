#ifndef GAPLESS_ERROR_H_
#define GAPLESS_ERROR_H_

#include <cstdint>
#include <string>
#include <system_error>

namespace gapless {

/// What went wrong, as a `std::error_code` of `ErrorCategory()`.
///
/// The groups are: what a caller handed in, what arrived from outside, state on disk, the connection
/// and the server, and the client's own life. A code never changes its number between releases.
enum class Errc {
  // What the caller handed in. Nothing was sent, no sequence was used (promise P3).
  kInvalidArgument = 1,      ///< An option or argument is outside its range; the message names it.
  kChannelInvalid = 2,       ///< A channel name breaks the grammar (Parsec: PARSEC_CHANNEL_INVALID).
  kChannelRequired = 3,      ///< Parsec: ErrChannelRequired.
  kAspectRequired = 4,       ///< Parsec: ErrAspectRequired.
  kProducerRequired = 5,     ///< Parsec: ErrProducerRequired.
  kProducerKindUnknown = 6,  ///< Parsec: ErrProducerKindUnknown.
  kSequenceNonPositive = 7,  ///< Parsec: ErrSequenceNonPositive.
  kProducedAtZero = 8,       ///< Parsec: ErrProducedAtZero.
  kTooLarge = 9,             ///< Parsec: ErrTooLarge. Encoded size above a limit; the message has both.
  kPayloadNotJson = 10,      ///< The payload is not exactly one JSON value.

  // What arrived from outside.
  kMalformed = 20,        ///< Bytes that are not an envelope, frame, or file of the expected form.
  kChannelMismatch = 21,  ///< An envelope names another channel than the one it arrived on.
  kDuplicate = 22,        ///< A sequence that was delivered before; counted and reported, not delivered.
  kPayloadType = 23,      ///< The payload does not fit the type of a typed handler.

  // Schemas (Parsec's names where it has one).
  kPatternInvalid = 30,     ///< A channel pattern cannot be parsed.
  kPatternConflict = 31,    ///< ErrPatternConflict: this pattern is registered already.
  kPatternNotFound = 32,    ///< ErrPatternNotFound.
  kNoPatternMatches = 33,   ///< No registered pattern matches the channel.
  kUnsupportedAspect = 34,  ///< ErrUnsupportedAspect: the pattern does not declare this aspect.
  kPayloadInvalid = 35,     ///< ErrPayloadInvalid: the payload does not conform to its schema.
  kSchemaInvalid = 36,      ///< A schema does not compile, or uses a keyword that would not be enforced.

  // State on disk.
  kStateCorrupt = 40,      ///< A state file fails its checks. Never treated as a fresh start.
  kStateForeign = 41,      ///< A state file belongs to another producer, program, or newer version.
  kStateLocked = 42,       ///< Another process (or client) holds this state (promise L5).
  kStateNotWritable = 43,  ///< A save failed and changed nothing (disk full, read-only, busy). May be retried.
  kStateFailed = 44,       ///< A save failed and its outcome is unknown; this state takes no more saves until reopened.
  kStateStale = 45,        ///< The server has later sequences of this stream than this state: it is an old copy (P6).

  // The connection and the server.
  kConnectFailed = 50,     ///< No connection could be made.
  kConnectionLost = 51,    ///< The connection ended. The client reconnects unless the error says terminal.
  kProtocol = 52,          ///< The server sent something that its protocol does not allow.
  kServerRefused = 53,     ///< The server answered with an error; server_code() has its number.
  kPermissionDenied = 54,  ///< The server refused for lack of permission.
  kUnauthorized = 55,      ///< Credentials are missing, wrong, or expired.
  kNotSupported = 56,      ///< The transport or server cannot do this (Parsec: ErrNotImplemented).
  kUnrecoverable = 57,     ///< The server cannot continue from the position that was asked for.
  kSlowConsumer = 58,      ///< Handlers are slower than the stream; the queue reached its bound.

  // The client's own life.
  kQueueFull = 60,          ///< A bounded queue has no room. Nothing was accepted.
  kTimeout = 61,            ///< A deadline passed before the operation had an answer.
  kOutcomeUnknown = 62,     ///< Accepted, perhaps sent, no answer before the deadline; it keeps its sequence.
  kClosed = 63,             ///< The client or subscription was closed before or during the call.
  kInvalidState = 64,       ///< The call is not allowed now, for instance where waiting would deadlock.
  kHandlerThrew = 65,       ///< A handler threw; the message carries what it said.
  kAlreadySubscribed = 66,  ///< The channel has a live subscription of this name already.
  kCancelled = 67,          ///< The caller cancelled the call before anything was accepted.
  kInternal = 70,           ///< A defect of gapless. Please report it.
};

/// The category of all `Errc` codes; its name is "gapless".
const std::error_category& ErrorCategory() noexcept;

/// Lets `Errc` convert to `std::error_code` implicitly.
std::error_code make_error_code(Errc code) noexcept;

/// The one exception type of gapless; callbacks get the same value.
///
/// `what()` says what happened, where, and what to do about it, and is safe to log: it never contains
/// tokens or payload bytes. Copyable; all accessors are safe to call from any thread.
class Error : public std::system_error {
 public:
  /// `message` says what, where and what to do; the code's own text is appended by `what()`.
  Error(Errc code, const std::string& message);

  /// The code as an enum. Never anything but an `Errc` of this header.
  Errc errc() const noexcept { return static_cast<Errc>(code().value()); }

  /// The channel concerned, or empty.
  const std::string& channel() const noexcept { return channel_; }
  /// The producer whose stream is concerned, or empty.
  const std::string& producer() const noexcept { return producer_; }
  /// The sequence concerned, or 0.
  std::int64_t sequence() const noexcept { return sequence_; }
  /// The server's own number (Centrifugo error, disconnect or unsubscribe code), or 0.
  std::uint32_t server_code() const noexcept { return server_code_; }
  /// The bytes that could not be used, as they arrived, or empty. Not part of `what()`.
  const std::string& raw() const noexcept { return raw_; }

  /// Each returns `*this`, so that a throw reads as one expression.
  Error& WithChannel(std::string channel);
  Error& WithProducer(std::string producer);
  Error& WithSequence(std::int64_t sequence);
  Error& WithServerCode(std::uint32_t server_code);
  Error& WithRaw(std::string raw);

 private:
  std::string channel_;
  std::string producer_;
  std::int64_t sequence_ = 0;
  std::uint32_t server_code_ = 0;
  std::string raw_;
};

}  // namespace gapless

template <>
struct std::is_error_code_enum<gapless::Errc> : std::true_type {};

#endif  // GAPLESS_ERROR_H_
