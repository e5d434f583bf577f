// Whole clients, over every wire, on a network that refuses, cuts, stalls, half-opens, throttles, garbles, reorders,
// delays and repeats.

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <thread>

#include "tests/network/world.h"
#include "tests/sanitized.h"

namespace gapless::test {
namespace {

constexpr std::size_t kShare = kSanitized ? 5 : 1;

void TellFaults(const World& world, const Proxy::Counts& counts) {
  BOOST_TEST_MESSAGE(world.Progress());
  for (std::size_t purpose = 0; purpose < kPurposes; ++purpose) {
    std::string text;
    for (std::size_t kind = 1; kind < kFaultKinds; ++kind) {
      text += ", " + std::string(ToString(static_cast<FaultKind>(kind))) + " " + std::to_string(counts[purpose][kind]);
    }
    BOOST_TEST_MESSAGE(ToString(static_cast<Purpose>(purpose)) << text);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(network_faults)

BOOST_AUTO_TEST_CASE(P4_R1_R2_L1_thousands_of_faults_lose_repeat_and_reorder_nothing) {
  constexpr std::size_t kFaults = 3'000 / kShare;
  World world(/*seed=*/7, HubOptions{.history_size = 10'000});
  BOOST_REQUIRE(world.proxy().WaitForFaults(kFaults, kPatience * 3));
  BOOST_TEST(world.proxy().WaitForEachFault(kPatience));
  world.FinishAndCheck();
  BOOST_TEST(world.missing() == 0U);
  BOOST_TEST(world.open_gaps() == 0U);
  TellFaults(world, world.proxy().counts());
}

// The server retains less than what is under way, and now and then forgets even that.
BOOST_AUTO_TEST_CASE(R2_what_a_server_forgets_is_told_exactly_once_whatever_the_network_does) {
  constexpr std::size_t kFaults = 800 / kShare;
  constexpr std::size_t kFaultsBetween = 10;
  World world(/*seed=*/8, HubOptions{.history_size = 4});
  for (std::size_t faults = kFaultsBetween; faults <= kFaults; faults += kFaultsBetween) {
    BOOST_REQUIRE(world.proxy().WaitForFaults(faults, kPatience));
    world.hub().DropHistory(World::Channel(faults / kFaultsBetween % World::kChannels));
  }
  world.FinishAndCheck();
  BOOST_TEST(world.missing() > 0U);
  TellFaults(world, world.proxy().counts());
  BOOST_TEST_MESSAGE(world.missing() << " missing, " << world.open_gaps() << " open gaps told");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::test
