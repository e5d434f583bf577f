#include "tests/unit/schema/fixtures.h"

#include <fstream>
#include <stdexcept>

namespace gapless::test {

std::string TextOf(const std::function<void()>& call) {
  const auto error = ErrorOf(call);
  return error ? error->what() : "";
}

bool Contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

ChannelPattern PatternWith(const std::string& pattern, const std::string& schema) {
  return {.pattern = pattern, .aspects = {{"data", {.name = "data", .payload_schema = schema}}}};
}

Registry RegistryWith(const std::string& schema) {
  Registry registry;
  registry.Register(PatternWith("**", schema));
  return registry;
}

Envelope EnvelopeWith(const std::string& payload) {
  Envelope envelope;
  envelope.channel = "public:a.b";
  envelope.sequence = 7;
  envelope.producer = {"u-1", ProducerKind::kUser};
  envelope.aspect = "data";
  envelope.payload = payload;
  return envelope;
}

std::string ViolationOf(const std::string& schema, const std::string& payload, const PayloadLimits& limits) {
  const Validator validator(RegistryWith(schema), ValidationMode::kStrict, {.limits = limits});
  const auto objection = validator.Check(EnvelopeWith(payload));
  if (!objection) return "";
  const std::string what = objection->what();
  return what.substr(0, what.find(" (aspect \"data\""));
}

std::string RefusalOf(const std::string& schema) {
  const auto error = ErrorOf([&] { RegistryWith(schema); });
  if (!error) return "";
  if (error->errc() != Errc::kSchemaInvalid) throw *error;
  const std::string what = error->what();
  const std::string before = "aspect \"data\" of pattern \"**\": ";
  const std::string after = ": invalid schema";
  if (what.rfind(before, 0) != 0 || what.size() < before.size() + after.size()) return "unexpected: " + what;
  return what.substr(before.size(), what.size() - before.size() - after.size());
}

std::string Repeated(std::string_view text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::vector<nlohmann::json> ReadGoldenLines(const std::string& name) {
  std::ifstream file(std::string(GAPLESS_SOURCE_DIR) + "/tests/golden/schema/" + name);
  if (!file) throw std::runtime_error("cannot open golden file " + name);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

}  // namespace gapless::test
