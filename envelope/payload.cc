#include <nlohmann/json.hpp>

#include "envelope/json_scanner.h"
#include "envelope/json_string.h"
#include "envelope/quoted.h"
#include "gapless/envelope.h"

namespace gapless {
namespace {

Error PayloadError(const Envelope& envelope, Errc code, const std::string& message) {
  return Error(code, message)
      .WithChannel(envelope.channel)
      .WithProducer(envelope.producer.id)
      .WithSequence(envelope.sequence)
      .WithRaw(envelope.payload);
}

void CheckOneValue(const Envelope& envelope) {
  internal::JsonScanner scanner(envelope.payload);
  try {
    scanner.SkipOnlyValue();
  } catch (const internal::JsonSyntaxError& error) {
    throw PayloadError(envelope, Errc::kPayloadNotJson,
                       "payload byte " + std::to_string(error.offset) + ": " + error.reason);
  }
}

}  // namespace

nlohmann::json Envelope::ParsePayload() const {
  if (payload.empty()) return nullptr;
  // Bounds the nesting too: a DOM is copied and written by recursion.
  CheckOneValue(*this);
  try {
    nlohmann::json dom = nlohmann::json::parse(payload, nullptr, false);
    if (dom.is_discarded()) dom = nlohmann::json::parse(internal::WithRepairedStrings(payload));
    return dom;
  } catch (const nlohmann::json::exception& error) {
    throw PayloadError(*this, Errc::kPayloadNotJson,
                       "the payload cannot be held as a DOM, for instance because a number is out of range (error " +
                           std::to_string(error.id) + " of the JSON library)");
  }
}

namespace internal {

void ThrowPayloadType(const Envelope& envelope, const char* why) {
  throw PayloadError(envelope, Errc::kPayloadType, "aspect " + Quoted(envelope.aspect) + ": " + why);
}

void ThrowPayloadNotJson(const char* why) {
  throw Error(Errc::kPayloadNotJson, std::string("the value has no JSON text: ") + why);
}

}  // namespace internal
}  // namespace gapless
