// Two real Centrifugo nodes that share one Redis: how users of gapless scale out, and what they lose when a part dies.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "gapless/gapless.h"
#include "tests/interop/centrifugo/server.h"
#include "tests/interop/centrifugo_redis/redis_server.h"
#include "tests/loopback/collector.h"

namespace gapless {
namespace {

using test::CentrifugoServer;
using test::Collector;
using test::ConnectedClient;
using test::kPatience;
using test::RedisServer;

const std::string kChannel = "public:app.room.1";

struct Fixture {
  RedisServer redis;
  CentrifugoServer one{redis.port(), "node-1"};
  CentrifugoServer two{redis.port(), "node-2"};
  std::unique_ptr<Client> publisher = ConnectedClient(one.url(), "p");
  std::unique_ptr<Client> subscriber = ConnectedClient(two.url(), "s");
  Collector collector;
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [this](Subscription& s) { collector.AttachTo(s); });

  void Enqueue(std::size_t first, std::size_t last) {
    for (std::size_t n = first; n <= last; ++n) {
      publisher->Enqueue(kChannel, Draft{.aspect = "data", .payload = std::to_string(n)});
    }
  }
  /// All of the stream up to `last` arrives, in order, each once, and nothing is told as missing.
  void ExpectAll(std::size_t last) {
    BOOST_TEST(publisher->Flush(kPatience));
    BOOST_TEST(collector.WaitForCount(last));
    BOOST_TEST(collector.count() == last);
    BOOST_TEST(collector.disorder() == 0U);
    BOOST_TEST(publisher->Stats().acknowledged == last);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifugo_redis, Fixture)

BOOST_AUTO_TEST_CASE(R1_a_stream_crosses_from_one_node_to_the_other) {
  Enqueue(1, 500);
  ExpectAll(500);
  BOOST_TEST(collector.gaps().empty());
}

BOOST_AUTO_TEST_CASE(P4_L1_the_publishers_node_is_killed) {
  Enqueue(1, 100);
  BOOST_REQUIRE(collector.WaitForCount(1));
  one.Kill();
  Enqueue(101, 200);
  one.Start();
  ExpectAll(200);
  BOOST_TEST(collector.gaps().empty());
}

BOOST_AUTO_TEST_CASE(R2_L1_the_subscribers_node_is_killed) {
  Enqueue(1, 100);
  BOOST_REQUIRE(collector.WaitForCount(1));
  two.Kill();
  Enqueue(101, 200);
  BOOST_REQUIRE(publisher->Flush(kPatience));
  two.Start();
  ExpectAll(200);
  BOOST_TEST(collector.gaps().empty());
}

// It comes back empty, as another server with the same name: what was published before it is gone, what was accepted
// meanwhile is not. The nodes refuse publishes for the moment, one by one, so some overtake others.
BOOST_AUTO_TEST_CASE(P4_R2_redis_is_killed_and_comes_back_empty) {
  Enqueue(1, 100);
  ExpectAll(100);
  redis.Kill();
  Enqueue(101, 200);
  redis.Start();
  BOOST_REQUIRE(publisher->Flush(kPatience));
  // Behind everything that is told of those before it.
  Enqueue(201, 201);
  BOOST_TEST(collector.WaitForCount(201));
  BOOST_TEST(collector.count() == 201U);
  const std::vector<Gap> gaps = collector.gaps();
  for (const Gap& told : gaps) {
    if (told.kind != GapKind::kRange) continue;
    const bool filled = std::any_of(gaps.begin(), gaps.end(), [&](const Gap& gap) {
      return gap.kind == GapKind::kFilled && gap.first == told.first && gap.last == told.last;
    });
    BOOST_TEST(filled, told.first << " to " << told.last << " was told as missing and never as filled");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
