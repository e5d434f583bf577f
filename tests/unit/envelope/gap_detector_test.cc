#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "gapless/sequence.h"

namespace gapless {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

struct Step {
  std::int64_t sequence;
  bool first;
  bool duplicate;
  std::int64_t gap;
  std::int64_t high_water;
};

void CheckSteps(const std::vector<Step>& steps) {
  GapDetector detector;
  for (const Step& step : steps) {
    BOOST_TEST_CONTEXT("sequence " << step.sequence) {
      const Observation seen = detector.Observe("c", "p", step.sequence);
      BOOST_TEST(seen.first == step.first);
      BOOST_TEST(seen.duplicate == step.duplicate);
      BOOST_TEST(seen.gap == step.gap);
      BOOST_TEST(detector.HighWater("c", "p") == step.high_water);
    }
  }
}

BOOST_AUTO_TEST_SUITE(gap_detector)

BOOST_AUTO_TEST_CASE(C26_first_next_gap_duplicate_and_late) {
  CheckSteps({{5, true, false, 0, 5},
              {6, false, false, 0, 6},
              {9, false, false, 2, 9},
              {9, false, true, 0, 9},
              {7, false, true, 0, 9},
              {10, false, false, 0, 10}});
}

BOOST_AUTO_TEST_CASE(any_number_may_be_the_first) {
  for (const std::int64_t first : {std::int64_t{0}, std::int64_t{-4}, std::int64_t{500}, kMin, kMax}) {
    CheckSteps({{first, true, false, 0, first}, {first, false, true, 0, first}});
  }
}

BOOST_AUTO_TEST_CASE(foreign_numbers_do_not_overflow) {
  CheckSteps({{kMin, true, false, 0, kMin}, {kMax, false, false, kMax, kMax}});
  CheckSteps({{-2, true, false, 0, -2}, {kMax - 2, false, false, kMax - 1, kMax - 2}});
  CheckSteps({{-1, true, false, 0, -1}, {kMax, false, false, kMax, kMax}});
  CheckSteps({{kMax - 1, true, false, 0, kMax - 1}, {kMax, false, false, 0, kMax}, {kMin, false, true, 0, kMax}});
}

BOOST_AUTO_TEST_CASE(C27_streams_are_independent) {
  GapDetector detector;
  detector.Observe("c", "p", 5);
  for (const auto& [channel, producer] : std::vector<std::pair<std::string, std::string>>{
           {"c", "q"}, {"d", "p"}, {"p", "c"}, {"", "cp"}, {"cp", ""}, {"", ""}, {std::string("c\0", 2), "p"}}) {
    BOOST_TEST(detector.HighWater(channel, producer) == 0);
    BOOST_TEST(detector.Observe(channel, producer, 9).first);
  }
  BOOST_TEST(detector.HighWater("c", "p") == 5);
  BOOST_TEST(detector.Observe("c", "p", 6).gap == 0);
}

BOOST_AUTO_TEST_CASE(threads_that_share_a_stream_see_each_step_once) {
  GapDetector detector;
  constexpr std::int64_t kLast = 10'000;
  constexpr std::size_t kThreads = 4;
  std::atomic<std::int64_t> next{1};
  struct Seen {
    std::int64_t first_at = 0;
    std::int64_t firsts = 0;
    std::int64_t accepted = 0;
    std::int64_t duplicates = 0;
    std::int64_t skipped = 0;
  };
  std::vector<Seen> seen(kThreads);
  std::vector<std::thread> threads;
  for (Seen& mine : seen) {
    threads.emplace_back([&] {
      for (std::int64_t sequence = next++; sequence <= kLast; sequence = next++) {
        const Observation observation = detector.Observe("c", "p", sequence);
        if (observation.first) mine.first_at = sequence;
        mine.firsts += observation.first ? 1 : 0;
        mine.duplicates += observation.duplicate ? 1 : 0;
        mine.accepted += observation.duplicate ? 0 : 1;
        mine.skipped += observation.gap;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Seen all;
  for (const Seen& mine : seen) {
    all.first_at += mine.first_at;
    all.firsts += mine.firsts;
    all.accepted += mine.accepted;
    all.duplicates += mine.duplicates;
    all.skipped += mine.skipped;
  }
  BOOST_TEST(all.firsts == 1);
  BOOST_TEST(all.accepted + all.duplicates == kLast);
  BOOST_TEST(all.skipped == kLast - all.first_at + 1 - all.accepted);
  BOOST_TEST(detector.HighWater("c", "p") == kLast);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
