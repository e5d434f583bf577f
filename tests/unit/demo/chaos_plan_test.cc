#include "examples/demo/chaos_plan.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <tuple>

namespace demo {
namespace {

using Words = std::vector<std::tuple<int, int, std::int64_t, std::int64_t, std::int64_t>>;

Words Describe(const std::vector<ChaosEvent>& plan) {
  Words words;
  for (const ChaosEvent& event : plan) {
    words.emplace_back(static_cast<int>(event.blow), static_cast<int>(event.after), event.parts, event.delay.count(),
                       event.downtime.count());
  }
  return words;
}

std::size_t Count(const std::vector<ChaosEvent>& plan, Blow blow) {
  return static_cast<std::size_t>(
      std::count_if(plan.begin(), plan.end(), [&](const ChaosEvent& event) { return event.blow == blow; }));
}

BOOST_AUTO_TEST_SUITE(chaos_plan)

BOOST_AUTO_TEST_CASE(every_plan_has_enough_of_each_blow_in_order_and_within_the_input) {
  for (const std::int64_t total : {1, 2, 10, 200, 6'039, 1'000'000}) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      const auto plan = MakeChaosPlan(seed, total);
      for (const Blow blow : {Blow::kKillPublisher, Blow::kKillSubscriber, Blow::kCutConnections}) {
        BOOST_TEST(Count(plan, blow) >= kLeastBlows);
      }
      std::int64_t before = 0;
      for (const ChaosEvent& event : plan) {
        BOOST_TEST(event.parts >= before);
        BOOST_TEST(event.parts < total);
        before = event.parts;
        if (event.blow == Blow::kKillPublisher) BOOST_TEST((event.after == Role::kPublisher));
        if (event.blow == Blow::kKillSubscriber) BOOST_TEST((event.after == Role::kSubscriber));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(blows_are_spread_over_the_run) {
  const std::int64_t total = 10'000;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto plan = MakeChaosPlan(seed, total);
    for (const Blow blow : {Blow::kKillPublisher, Blow::kKillSubscriber, Blow::kCutConnections}) {
      std::set<std::int64_t> places;
      for (const ChaosEvent& event : plan) {
        if (event.blow == blow) places.insert(event.parts);
      }
      BOOST_TEST(*places.begin() < total / 4);
      BOOST_TEST(*places.rbegin() > total / 2);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_seed_repeats_its_plan_and_another_makes_another) {
  BOOST_TEST((Describe(MakeChaosPlan(42, 6'039)) == Describe(MakeChaosPlan(42, 6'039))));
  BOOST_TEST((Describe(MakeChaosPlan(42, 6'039)) != Describe(MakeChaosPlan(43, 6'039))));
}

BOOST_AUTO_TEST_CASE(the_publisher_may_always_reach_the_next_blow_and_never_far_beyond_it) {
  for (const std::int64_t total : {1, 7, 200, 10'000}) {
    auto pending = MakeChaosPlan(3, total);
    while (!pending.empty()) {
      const std::int64_t limit = PublisherLimit(pending, total);
      BOOST_TEST(limit >= std::min(pending.front().parts + 1, total));
      BOOST_TEST(limit <= std::min(pending.front().parts + std::max<std::int64_t>(1, total / 20), total));
      pending.erase(pending.begin());
    }
    BOOST_TEST(PublisherLimit(pending, total) == total);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demo
