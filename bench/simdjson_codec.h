#ifndef GAPLESS_BENCH_SIMDJSON_CODEC_H_
#define GAPLESS_BENCH_SIMDJSON_CODEC_H_

#include <memory>
#include <string>

#include "gapless/envelope.h"

namespace gapless::bench {

/// The other peer: simdjson's on-demand parser over a text that has its padding already. Payloads are walked from end
/// to end, because it reports errors only where it has been.
class SimdjsonDecoder {
 public:
  explicit SimdjsonDecoder(const std::string& bytes);
  ~SimdjsonDecoder();

  Envelope Decode();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gapless::bench

#endif  // GAPLESS_BENCH_SIMDJSON_CODEC_H_
