#include "gapless/envelope.h"

namespace gapless {
namespace {

[[noreturn]] void Refuse(const Envelope& envelope, Errc code, const char* advice) {
  throw Error(code, advice)
      .WithChannel(envelope.channel)
      .WithProducer(envelope.producer.id)
      .WithSequence(envelope.sequence);
}

}  // namespace

std::string_view ToString(ProducerKind kind) noexcept {
  switch (kind) {
    case ProducerKind::kUser:
      return "user";
    case ProducerKind::kAgent:
      return "agent";
    case ProducerKind::kService:
      return "service";
    case ProducerKind::kUnspecified:
    case ProducerKind::kUnknown:
      break;
  }
  return {};
}

void ValidateEnvelope(const Envelope& envelope) {
  if (envelope.channel.empty()) Refuse(envelope, Errc::kChannelRequired, "set Envelope::channel");
  if (envelope.aspect.empty()) Refuse(envelope, Errc::kAspectRequired, "set Envelope::aspect");
  if (envelope.producer.id.empty()) Refuse(envelope, Errc::kProducerRequired, "set Envelope::producer.id");
  if (ToString(envelope.producer.kind).empty()) {
    Refuse(envelope, Errc::kProducerKindUnknown, "Envelope::producer.kind must be user, agent or service");
  }
  if (envelope.sequence <= 0) Refuse(envelope, Errc::kSequenceNonPositive, "Envelope::sequence begins at 1");
  if (envelope.produced_at == kUnsetTime) Refuse(envelope, Errc::kProducedAtZero, "set Envelope::produced_at");
}

}  // namespace gapless
