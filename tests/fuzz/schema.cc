// A payload schema on the first line, a payload on the second; and the whole input as what registries exchange.

#include "gapless/schema.h"

#include <optional>
#include <string>

#include "tests/fuzz/target.h"

namespace gapless::fuzz {
namespace {

const std::string kChannel = "public:app.room";
const std::string kAspect = "a";

/// Reads `input` as a `T` and writes it.
template <class T>
void RoundTrip(std::string_view input) {
  std::string text;
  try {
    text = T::FromJson(input).ToJson();
  } catch (const Error& error) {
    Require(error.errc() == Errc::kMalformed || error.errc() == Errc::kSchemaInvalid,
            "what is not of the form says so");
    return;
  }
  Require(T::FromJson(text).ToJson() == text, "what was written is read and written the same");
}

bool Register(Registry& registry, std::string_view schema) {
  ChannelPattern pattern;
  pattern.pattern = kChannel;
  pattern.aspects[kAspect].payload_schema = schema;
  try {
    registry.Register(std::move(pattern));
    return true;
  } catch (const Error& error) {
    Require(error.errc() == Errc::kSchemaInvalid, "a schema that cannot be enforced says so");
    return false;
  }
}

}  // namespace

void TestOneInput(std::string_view input) {
  RoundTrip<ChannelPattern>(input);
  RoundTrip<RegistrySnapshot>(input);
  RoundTrip<Change>(input);

  const std::string_view schema = CutLine(input);
  Registry registry;
  if (!Register(registry, schema)) return;
  Envelope envelope;
  envelope.channel = kChannel;
  envelope.aspect = kAspect;
  envelope.payload = CutLine(input);
  const auto strict = Validator(registry, ValidationMode::kStrict).Check(envelope);
  if (strict) {
    Require(strict->errc() == Errc::kPayloadInvalid, "a payload is refused for what it is");
    Require(strict->fatal, "strict is fatal");
    Require(strict->raw() == envelope.payload, "a refused payload keeps its bytes");
  }
  const auto warning = Validator(registry, ValidationMode::kWarn).Check(envelope);
  Require(warning.has_value() == strict.has_value(), "warning and refusing judge alike");

  // Other registries get the schema as this one writes it.
  Registry copy;
  copy.LoadSnapshot(RegistrySnapshot::FromJson(registry.Snapshot().ToJson()));
  const auto there = Validator(copy, ValidationMode::kStrict).Check(envelope);
  Require(there.has_value() == strict.has_value(), "a schema means the same to whom it is sent");
}

}  // namespace gapless::fuzz
