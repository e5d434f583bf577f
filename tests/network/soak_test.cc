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
/// What a few requests under way take: clients over HTTP answer pings with one each. A leak would show many times over.
constexpr std::size_t kUnderWay = 10;
/// Beast keeps a connection for requests open for a while, so it depends on the moment whether the publisher's and the
/// subscriber's of both HTTP wires have one. Both its ends and both ends of the proxy's are in this process.
constexpr std::size_t kKept = 2 * 2 * 4;

/// The least in use at one time, until it has not become less for long enough, or is no more than `bound`.
Resources MeasureSettled(const Resources& bound = {}) {
  const auto begin = std::chrono::steady_clock::now();
  auto changed = begin;
  Resources least = Measure();
  for (auto now = begin; now - changed < kReaped && now - begin < kPatience; now = std::chrono::steady_clock::now()) {
    if (least.threads <= bound.threads && least.descriptors <= bound.descriptors) break;
    std::this_thread::sleep_for(50ms);
    const Resources next = Measure();
    if (next.threads + next.descriptors >= least.threads + least.descriptors) continue;
    least = next;
    changed = now;
  }
  return least;
}

/// Clients and subscriptions that live for a moment beside those that stay.
void ComeAndGo(World& world, std::size_t number) {
  const Carrier& carrier = kCarriers[number % kCarriers.size()];
  const std::uint16_t port = world.proxy().port();
  const auto client = HastyClient(number % 4 == 0 ? OverAnyWire(carrier.engine, port) : Over(carrier, port),
                                  "visitor-" + std::to_string(number));
  Subscription subscription = client->Subscribe(World::Channel(0), {.from_start = true});
  subscription.OnEnvelope([](const Envelope&) {});
  client->Enqueue("public:network.visitors", Draft{.aspect = "a"});
  if (number % 2 == 0) subscription.Unsubscribe();
}

void Live(World& world, std::size_t faults, std::size_t& visitors) {
  constexpr std::size_t kFaultsPerVisitor = 10;
  const std::size_t end = world.proxy().faults() + faults;
  while (world.proxy().faults() < end) {
    ComeAndGo(world, visitors++);
    BOOST_REQUIRE(world.proxy().WaitForFaults(world.proxy().faults() + kFaultsPerVisitor, kPatience));
  }
}

void Rest(World& world) {
  world.proxy().Heal();
  world.LetPublish(false);
  BOOST_TEST_REQUIRE(world.AwaitConnected() == "");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(network_soak)

BOOST_AUTO_TEST_CASE(L2_L4_half_an_hour_leaves_no_memory_threads_or_descriptors_behind) {
  // One connection lost a second, which is bad; and a visitor every ten.
  constexpr std::size_t kFaults = 1'800 / kShare;
  // What grows with the hub is bounded and full before the first measurement.
  World world(/*seed=*/9, HubOptions{.history_size = 500});
  std::size_t visitors = 0;
  Live(world, kFaults / 4, visitors);
  Rest(world);
  const Resources before = MeasureSettled();
  const Resources bound{before.threads + kUnderWay, before.descriptors + kUnderWay + kKept};
  world.proxy().Worsen();
  world.LetPublish(true);
  Live(world, kFaults, visitors);
  Rest(world);
  const Resources after = MeasureSettled(bound);
  BOOST_TEST_MESSAGE("before: " << before.Text() << "; after " << world.proxy().faults() << " faults and " << visitors
                                << " visitors: " << after.Text());
  BOOST_TEST(after.threads <= bound.threads);
  BOOST_TEST(after.descriptors <= bound.descriptors);
  if (!kSanitized) BOOST_TEST(after.resident_bytes <= before.resident_bytes + 4 * 1024 * 1024);
  world.FinishAndCheck();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::test
