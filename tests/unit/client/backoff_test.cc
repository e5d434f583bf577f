#include "client/backoff.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <limits>

namespace gapless::internal {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kMostRandom = std::numeric_limits<std::uint64_t>::max();

std::int64_t Delay(std::int64_t min, std::int64_t max, std::uint32_t step, std::uint64_t random) {
  return BackoffDelay(milliseconds(min), milliseconds(max), step, random).count();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backoff)

BOOST_AUTO_TEST_CASE(D9_the_jitter_covers_exactly_the_range_that_doubles_with_each_failure) {
  struct Case {
    std::uint32_t step;
    std::int64_t ceiling;
  };
  const Case cases[] = {{0, 200},    {1, 400},     {2, 800},     {6, 12'800},
                        {7, 20'000}, {31, 20'000}, {32, 20'000}, {std::numeric_limits<std::uint32_t>::max(), 20'000}};
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT("step " << c.step) {
      const auto last = static_cast<std::uint64_t>(c.ceiling);
      BOOST_TEST(Delay(200, 20'000, c.step, 0) == 200);
      BOOST_TEST(Delay(200, 20'000, c.step, last) == std::min<std::int64_t>(20'000, 200 + c.ceiling));
      BOOST_TEST(Delay(200, 20'000, c.step, last / 2) == std::min<std::int64_t>(20'000, 200 + c.ceiling / 2));
      // One random number further it begins anew.
      BOOST_TEST(Delay(200, 20'000, c.step, last + 1) == 200);
    }
  }
}

BOOST_AUTO_TEST_CASE(D10_no_delay_is_below_the_minimum_or_above_the_maximum) {
  for (std::uint32_t step = 0; step < 70; ++step) {
    for (const std::uint64_t random :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{12'345'678'901}, kMostRandom}) {
      const std::int64_t delay = Delay(200, 20'000, step, random);
      BOOST_TEST(delay >= 200);
      BOOST_TEST(delay <= 20'000);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_minimum_that_is_the_maximum_is_the_delay) {
  for (std::uint32_t step = 0; step < 40; ++step) BOOST_TEST(Delay(500, 500, step, kMostRandom) == 500);
}

BOOST_AUTO_TEST_CASE(delays_at_the_end_of_their_range_do_not_overflow) {
  constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();
  for (std::uint32_t step = 0; step < 40; ++step) {
    BOOST_TEST(Delay(kForEver, kForEver, step, kMostRandom) == kForEver);
    BOOST_TEST(Delay(1, kForEver, step, kMostRandom) >= 1);
    BOOST_TEST(Delay(kForEver - 1, kForEver, step, kMostRandom / 2) >= kForEver - 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
