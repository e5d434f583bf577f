#ifndef GAPLESS_TESTS_SIMULATION_PLAN_H_
#define GAPLESS_TESTS_SIMULATION_PLAN_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gapless/client.h"
#include "gapless/simulation.h"

namespace gapless::test {

struct SubscriptionPlan {
  std::string channel;
  SubscribeOptions options;
  /// Where its handlers publish what follows from an envelope; empty for nowhere.
  std::string relay_to;
};

/// What the process of one machine does, in each of its lives.
struct NodePlan {
  std::string name;
  Durability durability = Durability::kMemory;
  bool keep_cursors = false;
  /// Where it publishes by itself, and how often; nowhere and never for a mere subscriber.
  std::vector<std::string> publishes_to;
  Duration publish_every{0};
  std::vector<SubscriptionPlan> subscriptions;
  std::size_t max_unacknowledged = 100'000;
  std::size_t max_in_flight = 512;
  /// The largest payload, in bytes.
  std::size_t payload_bytes = 16;
};

/// One history: who takes part, what goes wrong, and for how long.
struct HistoryPlan {
  simulation::WorldOptions world;
  std::vector<NodePlan> nodes;
  Duration length{0};
};

/// The history of a seed; the same for the same seed.
HistoryPlan PlanHistory(std::uint64_t seed);

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_SIMULATION_PLAN_H_
