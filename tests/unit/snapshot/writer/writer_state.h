#ifndef GAPLESS_TESTS_UNIT_SNAPSHOT_WRITER_WRITER_STATE_H_
#define GAPLESS_TESTS_UNIT_SNAPSHOT_WRITER_WRITER_STATE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "gapless/snapshotter.h"

namespace gapless::test {

// What the writer process saves, for itself and for the test that looks at the state it left.

inline const std::string kWriterProducer = "writer";

inline std::string WriterChannel(int thread) { return "public:app.thread-" + std::to_string(thread); }

inline std::string WriterEnvelope(std::int64_t number, std::size_t bytes) {
  std::string envelope = "envelope " + std::to_string(number) + " ";
  if (envelope.size() < bytes) envelope.resize(bytes, 'x');
  return envelope;
}

inline Changes WriterSave(int thread, std::int64_t number, std::size_t bytes) {
  const std::string channel = WriterChannel(thread);
  Changes changes;
  changes.produced.emplace_back(channel, number);
  changes.outbox_added.push_back({channel, number, std::make_shared<const std::string>(WriterEnvelope(number, bytes))});
  if (number > 1) changes.outbox_removed.emplace_back(channel, number - 1);
  ConsumerState consumer;
  consumer.cursors["peer"] = {number, Timestamp{std::chrono::milliseconds{number}}};
  consumer.position = {static_cast<std::uint64_t>(number), "epoch"};
  changes.consumers.emplace_back(ConsumerKey{channel, ""}, consumer);
  return changes;
}

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_SNAPSHOT_WRITER_WRITER_STATE_H_
