#include "gapless/error.h"

#include <utility>

namespace gapless {
namespace {

// The one table of texts. No default case: the compiler then names a code that was forgotten here.
const char* TextOf(Errc code) noexcept {
  switch (code) {
    case Errc::kInvalidArgument:
      return "invalid argument";
    case Errc::kChannelInvalid:
      return "PARSEC_CHANNEL_INVALID";
    case Errc::kChannelRequired:
      return "envelope: channel required";
    case Errc::kAspectRequired:
      return "envelope: aspect required";
    case Errc::kProducerRequired:
      return "envelope: producer required";
    case Errc::kProducerKindUnknown:
      return "envelope: unknown producer kind";
    case Errc::kSequenceNonPositive:
      return "envelope: sequence must be positive";
    case Errc::kProducedAtZero:
      return "envelope: produced_at must be set";
    case Errc::kTooLarge:
      return "envelope: encoded size exceeds MaxEnvelopeSize";
    case Errc::kPayloadNotJson:
      return "payload is not exactly one JSON value";
    case Errc::kMalformed:
      return "malformed input";
    case Errc::kChannelMismatch:
      return "envelope names another channel";
    case Errc::kDuplicate:
      return "duplicate sequence";
    case Errc::kPayloadType:
      return "payload does not fit the handler's type";
    case Errc::kPatternInvalid:
      return "invalid channel pattern";
    case Errc::kPatternConflict:
      return "pattern is registered already";
    case Errc::kPatternNotFound:
      return "pattern not found";
    case Errc::kNoPatternMatches:
      return "no pattern matches the channel";
    case Errc::kUnsupportedAspect:
      return "unsupported aspect";
    case Errc::kPayloadInvalid:
      return "payload does not conform to its schema";
    case Errc::kSchemaInvalid:
      return "invalid schema";
    case Errc::kStateCorrupt:
      return "state is corrupt";
    case Errc::kStateForeign:
      return "state belongs to another owner or version";
    case Errc::kStateLocked:
      return "state is held by another process or client";
    case Errc::kStateNotWritable:
      return "state could not be written";
    case Errc::kStateFailed:
      return "state failed and must be reopened";
    case Errc::kStateStale:
      return "the state is an old copy";
    case Errc::kConnectFailed:
      return "connecting failed";
    case Errc::kConnectionLost:
      return "connection lost";
    case Errc::kProtocol:
      return "protocol violation";
    case Errc::kServerRefused:
      return "refused by the server";
    case Errc::kPermissionDenied:
      return "permission denied";
    case Errc::kUnauthorized:
      return "unauthorized";
    case Errc::kNotSupported:
      return "not supported";
    case Errc::kUnrecoverable:
      return "position cannot be recovered";
    case Errc::kSlowConsumer:
      return "handlers are slower than the stream";
    case Errc::kQueueFull:
      return "queue is full";
    case Errc::kTimeout:
      return "timed out";
    case Errc::kOutcomeUnknown:
      return "outcome unknown";
    case Errc::kClosed:
      return "closed";
    case Errc::kInvalidState:
      return "not allowed in this state";
    case Errc::kHandlerThrew:
      return "handler threw";
    case Errc::kAlreadySubscribed:
      return "already subscribed";
    case Errc::kCancelled:
      return "cancelled before anything was accepted";
    case Errc::kInternal:
      return "internal defect of gapless";
  }
  return "unknown gapless error";
}

class GaplessCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "gapless"; }
  std::string message(int value) const override { return TextOf(static_cast<Errc>(value)); }
};

}  // namespace

const std::error_category& ErrorCategory() noexcept {
  static const GaplessCategory category;
  return category;
}

std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), ErrorCategory()}; }

Error::Error(Errc code, const std::string& message) : std::system_error(make_error_code(code), message) {}

Error& Error::WithChannel(std::string channel) {
  channel_ = std::move(channel);
  return *this;
}

Error& Error::WithProducer(std::string producer) {
  producer_ = std::move(producer);
  return *this;
}

Error& Error::WithSequence(std::int64_t sequence) {
  sequence_ = sequence;
  return *this;
}

Error& Error::WithServerCode(std::uint32_t server_code) {
  server_code_ = server_code;
  return *this;
}

Error& Error::WithRaw(std::string raw) {
  raw_ = std::move(raw);
  return *this;
}

}  // namespace gapless
