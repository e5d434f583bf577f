#include "examples/demo/chaos_plan.h"

#include <algorithm>
#include <random>

namespace demo {
namespace {

constexpr std::size_t kMoreBlows = 3;  // Up to so many above the least.
constexpr std::uint64_t kMaxDelayMicroseconds = 6'000;
constexpr std::uint64_t kMaxDowntimeMilliseconds = 120;
// The first and last parts of the input see no blow: before, there is nothing to lose, and the last blow leaves work.
constexpr double kBegin = 0.02;
constexpr double kEnd = 0.95;
// What the publisher may have in hand beyond the next blow, as a share of the input.
constexpr std::int64_t kSlackShare = 20;

/// The standard's engines are the same everywhere, its distributions are not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t Below(std::uint64_t bound) { return engine_() % bound; }
  double Unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace

std::vector<ChaosEvent> MakeChaosPlan(std::uint64_t seed, std::int64_t total) {
  Dice dice(seed);
  std::vector<ChaosEvent> plan;
  for (const Blow blow : {Blow::kKillPublisher, Blow::kKillSubscriber, Blow::kCutConnections}) {
    const std::size_t count = kLeastBlows + dice.Below(kMoreBlows + 1);
    for (std::size_t i = 0; i < count; ++i) {
      // One in each of `count` stretches: random, yet spread over the whole run.
      const double place =
          kBegin + (kEnd - kBegin) * (static_cast<double>(i) + dice.Unit()) / static_cast<double>(count);
      ChaosEvent event;
      event.blow = blow;
      event.parts = std::min(static_cast<std::int64_t>(place * static_cast<double>(total)), total - 1);
      event.delay = std::chrono::microseconds(dice.Below(kMaxDelayMicroseconds));
      event.downtime = std::chrono::milliseconds(dice.Below(kMaxDowntimeMilliseconds));
      const bool watch_subscriber = dice.Below(2) == 1;
      event.after = blow == Blow::kKillPublisher    ? Role::kPublisher
                    : blow == Blow::kKillSubscriber ? Role::kSubscriber
                    : watch_subscriber              ? Role::kSubscriber
                                                    : Role::kPublisher;
      plan.push_back(event);
    }
  }
  std::stable_sort(plan.begin(), plan.end(),
                   [](const ChaosEvent& a, const ChaosEvent& b) { return a.parts < b.parts; });
  return plan;
}

std::int64_t PublisherLimit(const std::vector<ChaosEvent>& pending, std::int64_t total) {
  std::int64_t limit = total;
  for (const ChaosEvent& event : pending) {
    limit = std::min(limit, event.parts + std::max<std::int64_t>(1, total / kSlackShare));
  }
  return limit;
}

}  // namespace demo
