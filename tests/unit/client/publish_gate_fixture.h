#ifndef GAPLESS_TESTS_UNIT_CLIENT_PUBLISH_GATE_FIXTURE_H_
#define GAPLESS_TESTS_UNIT_CLIENT_PUBLISH_GATE_FIXTURE_H_

#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client/publish_gate.h"
#include "tests/unit/client/fixtures.h"
#include "tests/unit/client/memory_snapshotter.h"

namespace gapless::test {

using internal::PendingPublish;
using internal::PreparedEnvelope;
using internal::PublishGate;
using Accepted = PublishGate::Accepted;

inline PreparedEnvelope Draft(const std::string& channel, const std::string& payload = "1") {
  Envelope envelope = MakeEnvelope(1, "p", "data", channel);
  envelope.payload = payload;
  return PreparedEnvelope(envelope);
}

/// A gate, its state, and what it handed on.
struct PublishGateFixture {
  std::shared_ptr<MemorySnapshotter> state = std::make_shared<MemorySnapshotter>();
  std::size_t max_unacknowledged = 100'000;
  std::int64_t time = 1'000'000;
  std::optional<PublishGate> gate;
  std::mutex mutex;
  std::vector<PendingPublish> handed_on;
  std::size_t saves_before_last = 0;

  void Make() {
    gate.emplace(PublishGate::Options{state.get(), max_unacknowledged, [this] { return At(time); },
                                      [this](std::vector<PendingPublish> publishes) {
                                        const std::lock_guard<std::mutex> lock(mutex);
                                        if (state) saves_before_last = state->saves().size();
                                        for (PendingPublish& publish : publishes)
                                          handed_on.push_back(std::move(publish));
                                      }});
  }
  Accepted Accept(const std::string& channel, Durability durability = Durability::kEach) {
    return gate->Accept(channel, Draft(channel), durability, nullptr);
  }
  /// The code of the refusal; empty if it was accepted.
  std::optional<Errc> Refusal(const std::string& channel, Durability durability = Durability::kEach) {
    try {
      Accept(channel, durability);
    } catch (const Error& error) {
      return error.errc();
    }
    return std::nullopt;
  }
  bool Open() {
    try {
      gate->RequireOpen();
      return true;
    } catch (const Error&) {
      return false;
    }
  }
  /// Accepts on a thread of its own and returns once it waits behind the commit under way.
  std::future<std::optional<Errc>> AcceptBehind(const std::string& channel, Durability durability = Durability::kEach) {
    const std::size_t waiting = gate->waiting();
    auto refusal = std::async(std::launch::async, [=, this] { return Refusal(channel, durability); });
    while (gate->waiting() == waiting) std::this_thread::yield();
    return refusal;
  }
  /// Names of what was handed on, in order: "a1 a2 b1".
  std::string HandedOn() {
    const std::lock_guard<std::mutex> lock(mutex);
    std::string names;
    for (const PendingPublish& publish : handed_on) {
      names += (names.empty() ? "" : " ") + publish.channel + std::to_string(publish.sequence);
    }
    return names;
  }
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_CLIENT_PUBLISH_GATE_FIXTURE_H_
