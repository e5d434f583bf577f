#ifndef GAPLESS_TESTS_UNIT_CLIENT_FIXTURES_H_
#define GAPLESS_TESTS_UNIT_CLIENT_FIXTURES_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "gapless/envelope.h"
#include "gapless/transport.h"

namespace gapless::test {

inline const std::string kChannel = "public:app.room.1";

inline Timestamp At(std::int64_t milliseconds) { return Timestamp{std::chrono::milliseconds{milliseconds}}; }

/// An envelope of `producer` whose time grows with its sequence, as an honest publisher's does.
inline Envelope MakeEnvelope(std::int64_t sequence, const std::string& producer = "p",
                             const std::string& aspect = "data", const std::string& channel = kChannel) {
  Envelope envelope;
  envelope.channel = channel;
  envelope.sequence = sequence;
  envelope.producer = {producer, ProducerKind::kService};
  envelope.aspect = aspect;
  envelope.payload = std::to_string(sequence);
  envelope.produced_at = At(1'000'000 + sequence);
  return envelope;
}

inline Publication Publish(std::int64_t sequence, std::uint64_t offset, const std::string& producer = "p") {
  return {EncodeEnvelope(MakeEnvelope(sequence, producer)), offset};
}

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_CLIENT_FIXTURES_H_
