// Half an hour of a busy client's life in a minute: connections lost as often as in that time, subscriptions and whole
// clients that come and go. Afterwards memory, threads and file descriptors are where they were.

#include <malloc.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "tests/network/world.h"
#include "tests/sanitized.h"

namespace gapless::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kShare = kSanitized ? 5 : 1;

struct Resources {
  std::size_t threads = 0;
  std::size_t descriptors = 0;
  std::size_t resident_bytes = 0;

  std::string Text() const {
    return std::to_string(threads) + " threads, " + std::to_string(descriptors) + " descriptors, " +
           std::to_string(resident_bytes / 1024) + " KiB";
  }
};

std::size_t EntriesOf(const char* directory) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

Resources Measure() {
  malloc_trim(0);
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return {EntriesOf("/proc/self/task"), EntriesOf("/proc/self/fd"), pages * 4'096};
}

/// The ends of connections are reaped in the background; the slowest, those of silent peers, take some seconds.
constexpr std::chrono::seconds kReaped{10};

/// What is in use once that has not changed for long enough, or is no more than `bound`.
Resources MeasureSettled(const Resources& bound = {}) {
  const auto begin = std::chrono::steady_clock::now();
  auto changed = begin;
  Resources last = Measure();
  for (auto now = begin; now - changed < kReaped && now - begin < kPatience; now = std::chrono::steady_clock::now()) {
    if (last.threads <= bound.threads && last.descriptors <= bound.descriptors) break;
    std::this_thread::sleep_for(50ms);
    const Resources next = Measure();
    if (next.threads != last.threads || next.descriptors != last.descriptors) changed = now;
    last = next;
  }
  return last;
}

/// Clients and subscriptions that live for a moment beside those that stay.
void ComeAndGo(World& world, int number) {
  const auto client = HastyClient(world.proxy().url(), "visitor-" + std::to_string(number));
  Subscription subscription = client->Subscribe(World::Channel(0), {.from_start = true});
  subscription.OnEnvelope([](const Envelope&) {});
  client->Enqueue("public:network.visitors", Draft{.aspect = "a"});
  if (number % 2 == 0) subscription.Unsubscribe();
}

void Live(World& world, std::size_t faults, int& visitors) {
  constexpr std::size_t kFaultsPerVisitor = 10;
  const std::size_t end = world.proxy().faults() + faults;
  while (world.proxy().faults() < end) {
    ComeAndGo(world, visitors++);
    BOOST_REQUIRE(world.proxy().WaitForFaults(world.proxy().faults() + kFaultsPerVisitor, kPatience));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(network_soak)

BOOST_AUTO_TEST_CASE(L2_L4_half_an_hour_leaves_no_memory_threads_or_descriptors_behind) {
  // One connection lost a second, which is bad; and a visitor every ten.
  constexpr std::size_t kFaults = 1'800 / kShare;
  // What grows with the hub is bounded and full before the first measurement.
  World world(/*seed=*/9, /*channels=*/2, HubOptions{.history_size = 500});
  int visitors = 0;
  Live(world, kFaults / 4, visitors);
  world.proxy().Heal();
  BOOST_TEST_REQUIRE(world.AwaitConnected() == "");
  const Resources before = MeasureSettled();
  world.proxy().Worsen();
  Live(world, kFaults, visitors);
  world.proxy().Heal();
  BOOST_TEST_REQUIRE(world.AwaitConnected() == "");
  const Resources after = MeasureSettled(before);
  BOOST_TEST_MESSAGE("before: " << before.Text() << "; after " << world.proxy().faults() << " faults and " << visitors
                                << " visitors: " << after.Text());
  BOOST_TEST(after.threads <= before.threads);
  BOOST_TEST(after.descriptors <= before.descriptors);
  if (!kSanitized) BOOST_TEST(after.resident_bytes <= before.resident_bytes + 4 * 1024 * 1024);
  world.FinishAndCheck();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::test
