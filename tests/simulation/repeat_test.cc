// The simulation repeats itself: a failing seed replays exactly.

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>

#include "tests/simulation/history.h"

namespace gapless::test {
namespace {

std::string TraceOf(std::uint64_t seed) {
  std::string trace;
  PlayHistory(seed, [&](const std::string& line) { trace += line + "\n"; });
  return trace;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(simulation_repeats)

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_history_byte_for_byte) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string trace = TraceOf(seed);
    BOOST_TEST(!trace.empty());
    BOOST_TEST(trace == TraceOf(seed), "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(another_seed_gives_another_history) { BOOST_TEST(TraceOf(1) != TraceOf(2)); }

BOOST_AUTO_TEST_CASE(a_trace_changes_nothing) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    BOOST_TEST(PlayHistory(seed).envelopes == PlayHistory(seed, [](const std::string&) {}).envelopes);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::test
