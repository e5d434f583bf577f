#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>

#include "bench/dom_codec.h"
#include "bench/samples.h"
#include "bench/simdjson_codec.h"
#include "gapless/envelope.h"

// Names read "topic/column/row"; bench/run makes tables of them and divides the time of the first "peer: …" row by the
// others of its column.

namespace gapless::bench {
namespace {

void CheckSame(const Envelope& read, const Envelope& expected) {
  if (!(read == expected)) throw std::logic_error("a peer's codec does not read what it should");
}

void EncodeGapless(benchmark::State& state, std::size_t bytes) {
  const Envelope envelope = SampleEnvelope(bytes);
  for (auto _ : state) benchmark::DoNotOptimize(EncodeEnvelope(envelope));
  state.SetItemsProcessed(state.iterations());
}

void EncodeDom(benchmark::State& state, std::size_t bytes) {
  const Envelope envelope = SampleEnvelope(bytes);
  for (auto _ : state) benchmark::DoNotOptimize(DomEncode(envelope));
  state.SetItemsProcessed(state.iterations());
}

void DecodeGapless(benchmark::State& state, std::size_t bytes) {
  const std::string text = EncodeEnvelope(SampleEnvelope(bytes));
  CheckSame(DecodeEnvelope(text), SampleEnvelope(bytes));
  for (auto _ : state) benchmark::DoNotOptimize(DecodeEnvelope(text));
  state.SetItemsProcessed(state.iterations());
}

void DecodeDom(benchmark::State& state, std::size_t bytes) {
  const std::string text = EncodeEnvelope(SampleEnvelope(bytes));
  for (auto _ : state) benchmark::DoNotOptimize(DomDecode(text));
  state.SetItemsProcessed(state.iterations());
}

void DecodeSimdjson(benchmark::State& state, std::size_t bytes) {
  SimdjsonDecoder decoder(EncodeEnvelope(SampleEnvelope(bytes)));
  CheckSame(decoder.Decode(), SampleEnvelope(bytes));
  for (auto _ : state) benchmark::DoNotOptimize(decoder.Decode());
  state.SetItemsProcessed(state.iterations());
}

const bool registered = [] {
  for (const auto& [bytes, name] : kPayloadSizes) {
    const std::string column = std::string("/") + name + "/";
    benchmark::RegisterBenchmark(("encode" + column + "gapless").c_str(), EncodeGapless, bytes);
    benchmark::RegisterBenchmark(("encode" + column + "peer: nlohmann DOM").c_str(), EncodeDom, bytes);
    benchmark::RegisterBenchmark(("decode" + column + "gapless").c_str(), DecodeGapless, bytes);
    benchmark::RegisterBenchmark(("decode" + column + "peer: nlohmann DOM").c_str(), DecodeDom, bytes);
    benchmark::RegisterBenchmark(("decode" + column + "peer: simdjson on demand, payload walked").c_str(),
                                 DecodeSimdjson, bytes);
  }
  return true;
}();

}  // namespace
}  // namespace gapless::bench
