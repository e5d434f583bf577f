#include "bench/dom_codec.h"

#include <nlohmann/json.hpp>

namespace gapless::bench {

std::string DomEncode(const Envelope& envelope) {
  nlohmann::json dom = {{"channel", envelope.channel},
                        {"sequence", envelope.sequence},
                        {"producer", {{"id", envelope.producer.id}, {"kind", ToString(envelope.producer.kind)}}},
                        {"aspect", envelope.aspect},
                        {"produced_at", FormatTimestamp(envelope.produced_at)}};
  dom["payload"] = nlohmann::json::parse(envelope.payload);
  return dom.dump();
}

Envelope DomDecode(const std::string& bytes) {
  const nlohmann::json dom = nlohmann::json::parse(bytes);
  Envelope envelope;
  dom.at("channel").get_to(envelope.channel);
  dom.at("sequence").get_to(envelope.sequence);
  dom.at("producer").at("id").get_to(envelope.producer.id);
  envelope.producer.kind = dom.at("producer").at("kind") == "service" ? ProducerKind::kService : ProducerKind::kUnknown;
  dom.at("aspect").get_to(envelope.aspect);
  envelope.payload = dom.at("payload").dump();
  envelope.produced_at = ParseTimestamp(dom.at("produced_at").get_ref<const std::string&>());
  return envelope;
}

}  // namespace gapless::bench
