#include "bench/simdjson_codec.h"

#include <benchmark/benchmark.h>
#include <simdjson.h>

namespace gapless::bench {
namespace {

namespace ondemand = simdjson::ondemand;

void Walk(ondemand::value value) {
  switch (value.type()) {
    case ondemand::json_type::object:
      for (auto field : value.get_object()) {
        std::string_view key = field.unescaped_key();
        benchmark::DoNotOptimize(key);
        Walk(field.value());
      }
      return;
    case ondemand::json_type::array:
      for (auto item : value.get_array()) Walk(item.value());
      return;
    case ondemand::json_type::string: {
      std::string_view text = value.get_string();
      benchmark::DoNotOptimize(text);
      return;
    }
    case ondemand::json_type::number: {
      double number = value.get_double();
      benchmark::DoNotOptimize(number);
      return;
    }
    case ondemand::json_type::boolean: {
      bool truth = value.get_bool();
      benchmark::DoNotOptimize(truth);
      return;
    }
    default: {
      bool null = value.is_null();
      benchmark::DoNotOptimize(null);
    }
  }
}

Producer ReadProducer(ondemand::object object) {
  Producer producer;
  for (auto field : object) {
    const std::string_view key = field.unescaped_key();
    const std::string_view text = field.value().get_string();
    if (key == "id") {
      producer.id = text;
    } else {
      producer.kind = text == "service" ? ProducerKind::kService : ProducerKind::kUnknown;
    }
  }
  return producer;
}

}  // namespace

struct SimdjsonDecoder::Impl {
  simdjson::padded_string text;
  ondemand::parser parser;
};

SimdjsonDecoder::SimdjsonDecoder(const std::string& bytes) : impl_(std::make_unique<Impl>()) {
  impl_->text = simdjson::padded_string(bytes);
}
SimdjsonDecoder::~SimdjsonDecoder() = default;

Envelope SimdjsonDecoder::Decode() {
  Envelope envelope;
  ondemand::document document = impl_->parser.iterate(impl_->text);
  const char* payload_begin = nullptr;
  for (auto field : document.get_object()) {
    const char* const key_begin = field.key().raw();
    const std::string_view key = field.unescaped_key();
    if (payload_begin != nullptr) {
      // The payload ends where the comma before the next key stands.
      envelope.payload.assign(payload_begin, key_begin - std::string_view(",\"").size());
      payload_begin = nullptr;
    }
    if (key == "channel") {
      envelope.channel = std::string_view(field.value().get_string());
    } else if (key == "sequence") {
      envelope.sequence = field.value().get_int64();
    } else if (key == "producer") {
      envelope.producer = ReadProducer(field.value().get_object());
    } else if (key == "aspect") {
      envelope.aspect = std::string_view(field.value().get_string());
    } else if (key == "payload") {
      ondemand::value payload = field.value();
      payload_begin = payload.raw_json_token().data();
      Walk(payload);
    } else if (key == "produced_at") {
      envelope.produced_at = ParseTimestamp(field.value().get_string());
    }
  }
  return envelope;
}

}  // namespace gapless::bench
