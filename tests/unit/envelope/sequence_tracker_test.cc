#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "gapless/sequence.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

using test::ErrorOf;
using test::Number;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

BOOST_AUTO_TEST_SUITE(sequence_tracker)

BOOST_AUTO_TEST_CASE(C24_every_channel_starts_at_1_and_grows_by_1) {
  SequenceTracker tracker;
  const std::vector<std::string> channels = {"a", "b", "", std::string("a\0b", 3), std::string(10'000, 'x')};
  for (std::int64_t expected = 1; expected <= 3; ++expected) {
    for (const std::string& channel : channels) BOOST_TEST(tracker.Next(channel) == expected);
  }
}

BOOST_AUTO_TEST_CASE(peek_shows_the_last_and_creates_nothing) {
  SequenceTracker tracker;
  BOOST_TEST(tracker.Peek("a") == 0);
  BOOST_TEST(tracker.Snapshot().empty());
  tracker.Next("a");
  tracker.Next("a");
  BOOST_TEST(tracker.Peek("a") == 2);
  BOOST_TEST(tracker.Peek("a") == 2);
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_a_copy) {
  SequenceTracker tracker;
  tracker.Next("a");
  auto snapshot = tracker.Snapshot();
  snapshot["a"] = 50;
  snapshot["b"] = 1;
  tracker.Next("c");
  BOOST_TEST(tracker.Peek("a") == 1);
  BOOST_TEST(tracker.Peek("b") == 0);
  BOOST_TEST(snapshot.count("c") == 0u);
}

BOOST_AUTO_TEST_CASE(C25_restore_replaces_everything) {
  SequenceTracker tracker;
  for (int channel = 0; channel < 100; ++channel) tracker.Next(std::to_string(channel));
  const std::map<std::string, std::int64_t> state = {{"a", 5}, {"zero", 0}, {"below", -3}, {"7", 70}};
  tracker.Restore(state);
  BOOST_CHECK(tracker.Snapshot() == state);
  BOOST_TEST(tracker.Next("a") == 6);
  BOOST_TEST(tracker.Next("7") == 71);
  BOOST_TEST(tracker.Next("0") == 1);
  BOOST_TEST(tracker.Next("zero") == 1);
  BOOST_TEST(tracker.Next("below") == -2);
}

BOOST_AUTO_TEST_CASE(P2_raise_never_lowers) {
  SequenceTracker tracker;
  tracker.Raise("a", 10);
  BOOST_TEST(tracker.Peek("a") == 10);
  tracker.Raise("a", 4);
  BOOST_TEST(tracker.Next("a") == 11);
  tracker.Raise("a", 20);
  BOOST_TEST(tracker.Next("a") == 21);
  tracker.Raise("new", -5);
  BOOST_TEST(tracker.Next("new") == 1);
}

BOOST_AUTO_TEST_CASE(P2_the_last_sequence_is_not_followed_by_another) {
  SequenceTracker tracker;
  tracker.Restore({{"a", kMax - 1}});
  BOOST_TEST(tracker.Next("a") == kMax);
  for (int again = 0; again < 2; ++again) {
    const auto error = ErrorOf([&] { tracker.Next("a"); });
    BOOST_REQUIRE(error.has_value());
    BOOST_TEST(Number(error->errc()) == Number(Errc::kInvalidState));
    BOOST_TEST(error->channel() == "a");
    BOOST_TEST(tracker.Peek("a") == kMax);
  }
  BOOST_TEST(tracker.Next("b") == 1);
}

BOOST_AUTO_TEST_CASE(C24_threads_share_a_channel_without_repeats_or_holes) {
  SequenceTracker tracker;
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kEach = 2'500;
  std::vector<std::vector<std::int64_t>> given(kThreads);
  std::vector<std::thread> threads;
  for (std::vector<std::int64_t>& mine : given) {
    threads.emplace_back([&tracker, &mine] {
      for (std::size_t count = 0; count < kEach; ++count) mine.push_back(tracker.Next("shared"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::int64_t> all;
  for (const auto& mine : given) {
    BOOST_TEST(std::is_sorted(mine.begin(), mine.end()));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (all[index] != static_cast<std::int64_t>(index) + 1) BOOST_FAIL("sequence " << index + 1 << " is missing");
  }
  BOOST_TEST(all.size() == kThreads * kEach);
}

BOOST_AUTO_TEST_CASE(every_member_may_be_called_while_others_are) {
  SequenceTracker tracker;
  constexpr std::int64_t kEach = 2'000;
  std::vector<std::thread> threads;
  bool monotonic = true;
  for (int worker = 0; worker < 2; ++worker) {
    threads.emplace_back([&tracker, worker] {
      for (std::int64_t count = 0; count < kEach; ++count) tracker.Next(std::to_string(count % 50 * 2 + worker));
    });
  }
  threads.emplace_back([&tracker] {
    for (std::int64_t count = 1; count <= kEach; ++count) tracker.Raise("raised", count);
  });
  threads.emplace_back([&tracker, &monotonic] {
    std::int64_t last = 0;
    for (int count = 0; count < 100; ++count) {
      const auto snapshot = tracker.Snapshot();
      const auto raised = snapshot.find("raised");
      const std::int64_t now = raised == snapshot.end() ? 0 : raised->second;
      monotonic = monotonic && now >= last && tracker.Peek("raised") >= now;
      last = now;
    }
  });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(monotonic);
  BOOST_TEST(tracker.Peek("raised") == kEach);
  for (int channel = 0; channel < 100; ++channel) BOOST_TEST(tracker.Peek(std::to_string(channel)) == kEach / 50);
}

BOOST_AUTO_TEST_CASE(D29_no_counter_is_orphaned_by_a_restore_at_the_same_time) {
  // Whatever the order, the number given last is what the tracker knows: above the restored state, or before it.
  SequenceTracker tracker;
  std::vector<std::int64_t> given;
  std::thread publisher([&] {
    for (int count = 0; count < 5'000; ++count) given.push_back(tracker.Next("a"));
  });
  for (int count = 1; count <= 50; ++count) tracker.Restore({{"a", count * 1'000'000}});
  publisher.join();
  given.push_back(tracker.Next("a"));
  BOOST_TEST(given.back() > 50'000'000);
  BOOST_TEST((std::adjacent_find(given.begin(), given.end(), std::greater_equal<>()) == given.end()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
