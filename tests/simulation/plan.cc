#include "tests/simulation/plan.h"

#include <iterator>
#include <utility>

#include "hub/simulation/chance.h"

namespace gapless::test {
namespace {

using simulation::Chance;
using simulation::Faults;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kRooms[] = {"public:sim.room.a", "public:sim.room.b"};
const Durability kDurabilities[] = {Durability::kMemory, Durability::kReserved, Durability::kEach,
                                    Durability::kEach,   Durability::kOutbox,   Durability::kOutbox};
/// Only relays publish here, so that causes never come in circles.
const std::string kEchoes = "public:sim.echoes";

template <typename Choices>
auto OneOf(Chance& chance, const Choices& choices) {
  return *(std::begin(choices) + chance.Below(std::size(choices)));
}

/// Most kinds of faults stay out of most histories, so that each meets the others in every combination.
double Sometimes(Chance& chance, double low, double high) {
  if (!chance.Hit(0.35)) return 0;
  return chance.Coin() ? low : high;
}

Duration EverySoOften(Chance& chance, double share, seconds shortest, seconds longest) {
  if (!chance.Hit(share)) return Duration{0};
  return chance.Between(Duration{shortest}, Duration{longest});
}

Faults PlanFaults(Chance& chance) {
  Faults faults;
  faults.drop = Sometimes(chance, 0.02, 0.2);
  faults.duplicate = Sometimes(chance, 0.05, 0.3);
  faults.reorder = Sometimes(chance, 0.05, 0.3);
  faults.refuse = Sometimes(chance, 0.02, 0.2);
  faults.leave_unanswered = Sometimes(chance, 0.005, 0.03);
  faults.slow_handler = Sometimes(chance, 0.02, 0.1);
  faults.throwing_handler = Sometimes(chance, 0.02, 0.2);
  faults.disk_failure = Sometimes(chance, 0.002, 0.02);
  // What loses for good gets histories of its own, so that in the others every gap is a false alarm.
  if (chance.Hit(0.4)) {
    faults.corrupt = Sometimes(chance, 0.02, 0.1);
    faults.refuse_for_good = Sometimes(chance, 0.01, 0.05);
    faults.server_loss = EverySoOften(chance, 0.3, seconds{20}, seconds{60});
    faults.history_expiry = EverySoOften(chance, 0.3, seconds{5}, seconds{40});
    faults.channel_loss = EverySoOften(chance, 0.3, seconds{10}, seconds{60});
  }
  faults.cut = EverySoOften(chance, 0.5, seconds{2}, seconds{30});
  faults.half_open = EverySoOften(chance, 0.25, seconds{10}, seconds{60});
  faults.server_restart = EverySoOften(chance, 0.25, seconds{10}, seconds{60});
  faults.crash = EverySoOften(chance, 0.6, seconds{2}, seconds{30});
  faults.power_cut = chance.Coin() ? 0.5 : 1;
  faults.restart = EverySoOften(chance, 0.25, seconds{10}, seconds{60});
  faults.disk_full = EverySoOften(chance, 0.2, seconds{20}, seconds{60});
  faults.clock_jump = EverySoOften(chance, 0.25, seconds{5}, seconds{40});
  return faults;
}

SubscriptionPlan PlanSubscription(Chance& chance, const std::string& channel) {
  SubscriptionPlan plan{.channel = channel, .options = {}, .relay_to = {}};
  plan.options.from_start = chance.Coin();
  if (chance.Hit(0.25)) plan.options.aspects = {"even"};
  plan.options.queue_limit = OneOf(chance, std::vector<std::size_t>{1, 3, 20, 8'192, 8'192});
  plan.options.open_gap_patience = seconds{5};
  return plan;
}

}  // namespace

HistoryPlan PlanHistory(std::uint64_t seed) {
  // Not the numbers that the world draws from the same seed.
  Chance chance(seed ^ 0x5EED'0F'A'91A2'7E57U);
  HistoryPlan plan;
  plan.world.seed = seed;
  plan.world.faults = PlanFaults(chance);
  plan.world.hub.history_size = OneOf(chance, std::vector<std::size_t>{0, 4, 30, 10'000, 10'000, 10'000});
  plan.world.hub.history_page = OneOf(chance, std::vector<std::size_t>{2, 5, 300});
  plan.world.history = chance.Hit(0.9);
  plan.world.max_latency =
      OneOf(chance, std::vector<milliseconds>{milliseconds{1}, milliseconds{20}, milliseconds{60}});
  plan.length = chance.Between(Duration{seconds{20}}, Duration{seconds{90}});

  const std::size_t rooms = chance.Coin() ? 1 : 2;
  const int publishers = static_cast<int>(chance.Between(1, 2));
  const int subscribers = static_cast<int>(chance.Between(1, 2));
  for (int n = 1; n <= publishers; ++n) {
    NodePlan node;
    node.name = "p" + std::to_string(n);
    node.durability = OneOf(chance, kDurabilities);
    node.publishes_to.assign(kRooms, kRooms + rooms);
    node.publish_every = chance.Between(Duration{milliseconds{300}}, Duration{milliseconds{3'000}});
    node.max_unacknowledged = OneOf(chance, std::vector<std::size_t>{3, 50, 100'000});
    node.max_in_flight = OneOf(chance, std::vector<std::size_t>{1, 4, 512});
    node.payload_bytes = OneOf(chance, std::vector<std::size_t>{16, 16, 1'500});
    if (node.durability == Durability::kMemory) plan.world.faults.clock_jumps_back = false;
    plan.nodes.push_back(std::move(node));
  }
  for (int n = 1; n <= subscribers; ++n) {
    NodePlan node;
    node.name = "s" + std::to_string(n);
    const bool relays = chance.Hit(0.3);
    node.keep_cursors = chance.Hit(0.75);
    node.durability = Durability::kMemory;
    if (relays && node.keep_cursors) node.durability = chance.Coin() ? Durability::kEach : Durability::kOutbox;
    for (std::size_t room = 0; room < rooms; ++room) {
      node.subscriptions.push_back(PlanSubscription(chance, kRooms[room]));
      if (relays) node.subscriptions.back().relay_to = kEchoes;
      if (chance.Hit(0.1)) {
        node.subscriptions.push_back(PlanSubscription(chance, kRooms[room]));
        node.subscriptions.back().options.name = "second";
      }
    }
    if (relays) {
      node.subscriptions.push_back(PlanSubscription(chance, kEchoes));
      if (node.durability == Durability::kMemory) plan.world.faults.clock_jumps_back = false;
    }
    plan.nodes.push_back(std::move(node));
  }
  return plan;
}

}  // namespace gapless::test
