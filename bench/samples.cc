#include "bench/samples.h"

#include <array>
#include <chrono>

namespace gapless::bench {

std::string SamplePayload(std::size_t bytes) {
  constexpr std::array<const char*, 3> kValues = {R"("some text value")", "12345.678", R"([1,2,{"a":true}])"};
  std::string payload = R"({"user":"ada","x":3,"y":4.5)";
  constexpr std::string_view kFill = R"(,"fill":"")";
  for (std::size_t member = 0;; ++member) {
    const std::string next = ",\"key" + std::to_string(member) + "\":" + kValues[member % kValues.size()];
    if (payload.size() + next.size() + kFill.size() + 1 > bytes) break;
    payload += next;
  }
  payload += kFill.substr(0, kFill.size() - 1);
  payload.append(bytes - payload.size() - 2, 'f');
  return payload + "\"}";
}

Envelope SampleEnvelope(std::size_t payload_bytes, std::int64_t sequence) {
  Envelope envelope;
  envelope.channel = kChannel;
  envelope.sequence = sequence;
  envelope.producer = {"editor-7", ProducerKind::kService};
  envelope.aspect = "data";
  envelope.payload = SamplePayload(payload_bytes);
  envelope.produced_at = Timestamp{std::chrono::milliseconds{1'779'891'729'331}};
  return envelope;
}

}  // namespace gapless::bench
