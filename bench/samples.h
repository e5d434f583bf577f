#ifndef GAPLESS_BENCH_SAMPLES_H_
#define GAPLESS_BENCH_SAMPLES_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "gapless/envelope.h"

namespace gapless::bench {

inline const std::string kChannel = "public:app.domain.id.topic";

/// Payload sizes of the codec and pipeline benchmarks, in bytes, and their names in the tables.
struct PayloadSize {
  std::size_t bytes;
  const char* name;
};
inline constexpr PayloadSize kPayloadSizes[] = {{60, "60 B"}, {1'024, "1 KB"}, {16'384, "16 KB"}};

/// An object of `bytes` bytes, dense in tokens: texts, numbers, a nested list in turn.
std::string SamplePayload(std::size_t bytes);
Envelope SampleEnvelope(std::size_t payload_bytes, std::int64_t sequence = 42);

}  // namespace gapless::bench

#endif  // GAPLESS_BENCH_SAMPLES_H_
