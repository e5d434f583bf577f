#ifndef GAPLESS_EXAMPLES_DEMO_CHAOS_PLAN_H_
#define GAPLESS_EXAMPLES_DEMO_CHAOS_PLAN_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace demo {

/// The least number of each kind of blow that a run must deal to prove anything.
inline constexpr std::size_t kLeastBlows = 5;

enum class Blow : std::uint8_t { kKillPublisher, kKillSubscriber, kCutConnections };
enum class Role : std::uint8_t { kPublisher, kSubscriber };

/// One thing that goes wrong on purpose.
struct ChaosEvent {
  Blow blow = Blow::kCutConnections;
  /// It strikes once this process has committed so many parts …
  Role after = Role::kPublisher;
  std::int64_t parts = 0;
  /// … and this much later, so that it falls anywhere into a step and not always behind a commit.
  std::chrono::microseconds delay{0};
  /// How long a killed process stays dead.
  std::chrono::milliseconds downtime{0};
};

/// At least `kLeastBlows` of each kind, spread over an input of `total` parts (1 or more) and sorted by `parts`.
/// The same seed and total give the same plan on every machine.
std::vector<ChaosEvent> MakeChaosPlan(std::uint64_t seed, std::int64_t total);

/// How far the publisher may go while `pending` events are still to come: a little beyond the first, so that each
/// strikes a process with work in hand, however short the input is.
std::int64_t PublisherLimit(const std::vector<ChaosEvent>& pending, std::int64_t total);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_CHAOS_PLAN_H_
