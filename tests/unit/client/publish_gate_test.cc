#include "client/publish_gate.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/client/publish_gate_fixture.h"

namespace gapless::internal {
namespace {

using test::At;
using test::Draft;

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

}  // namespace

BOOST_FIXTURE_TEST_SUITE(publish_gate, test::PublishGateFixture)

BOOST_AUTO_TEST_CASE(P1_each_channel_counts_from_one) {
  Make();
  BOOST_TEST(Accept("a").sequence == 1);
  BOOST_TEST(Accept("b").sequence == 1);
  BOOST_TEST(Accept("a").sequence == 2);
  BOOST_TEST(HandedOn() == "a1 b1 a2");
  BOOST_TEST(gate->unacknowledged() == 3u);
}

BOOST_AUTO_TEST_CASE(P2_what_an_earlier_life_used_is_not_used_again) {
  Make();
  gate->Raise("a", 41);
  gate->Raise("a", 7);  // State and outbox may tell different numbers: the highest counts.
  BOOST_TEST(Accept("a").sequence == 42);
}

BOOST_AUTO_TEST_CASE(P2_D24_the_sequence_is_saved_before_the_envelope_leaves) {
  Make();
  Accept("a");
  BOOST_TEST(saves_before_last == 1u);
  BOOST_TEST((state->saves().at(0).produced == std::vector<std::pair<std::string, std::int64_t>>{{"a", 1}}));
  BOOST_TEST(state->saves().at(0).outbox_added.empty());
}

BOOST_AUTO_TEST_CASE(P4_the_outbox_gets_the_bytes_that_leave) {
  Make();
  Accept("a", Durability::kOutbox);
  const Changes saved = state->saves().at(0);
  BOOST_REQUIRE(saved.outbox_added.size() == 1u);
  BOOST_TEST(saved.outbox_added[0].channel == "a");
  BOOST_TEST(saved.outbox_added[0].sequence == 1);
  BOOST_TEST(saved.outbox_added[0].bytes == handed_on.at(0).bytes);
  BOOST_TEST(handed_on.at(0).in_outbox);
  const Envelope sent = DecodeEnvelope(*handed_on.at(0).bytes);
  BOOST_TEST(sent.sequence == 1);
  BOOST_TEST((sent.produced_at == At(time)));
}

BOOST_AUTO_TEST_CASE(nothing_is_saved_where_nothing_is_asked_for) {
  Make();
  Accept("a", Durability::kMemory);
  BOOST_TEST(state->begun() == 0u);
  state.reset();
  Make();
  Accept("a", Durability::kMemory);
  BOOST_TEST(!handed_on.back().in_outbox);
}

BOOST_AUTO_TEST_CASE(P3_D17_D23_a_save_that_fails_refuses_and_uses_no_sequence) {
  Make();
  Accept("a");
  state->Fail(2);
  try {
    Accept("a");
    BOOST_ERROR("it was accepted");
  } catch (const Error& error) {
    BOOST_TEST((error.errc() == Errc::kStateNotWritable));
    BOOST_TEST(error.channel() == "a");
  }
  BOOST_TEST(HandedOn() == "a1");
  BOOST_TEST(gate->unacknowledged() == 1u);
  BOOST_TEST(Accept("a").sequence == 2);
  BOOST_TEST(HandedOn() == "a1 a2");
}

BOOST_AUTO_TEST_CASE(P3_state_that_fails_with_something_foreign_refuses_and_blocks_nobody) {
  Make();
  state->Fail(1, [] { throw std::runtime_error("a snapshotter of the user's own"); });
  BOOST_TEST((Refusal("a") == Errc::kStateFailed));
  BOOST_TEST(Accept("a").sequence == 1);
}

BOOST_AUTO_TEST_CASE(P3_D17_an_envelope_that_outgrows_the_limit_uses_no_sequence) {
  Make();
  gate->Raise("a", 9);
  // With one digit of sequence it would just fit.
  const std::size_t rest = Draft("a", "\"\"").SizeWith(9);
  const PreparedEnvelope draft = Draft("a", '"' + std::string(kMaxEnvelopeBytes - rest, 'x') + '"');
  BOOST_CHECK_EXCEPTION(gate->Accept("a", draft, Durability::kEach, nullptr), Error,
                        [](const Error& error) { return error.errc() == Errc::kTooLarge; });
  BOOST_TEST(Accept("a").sequence == 10);
  BOOST_TEST(gate->unacknowledged() == 1u);
}

BOOST_AUTO_TEST_CASE(the_last_sequence_is_used_and_none_after_it) {
  Make();
  gate->Raise("a", kLast - 1);
  BOOST_TEST(Accept("a").sequence == kLast);
  BOOST_TEST((Refusal("a") == Errc::kInvalidState));
  BOOST_TEST((Refusal("a") == Errc::kInvalidState));
  BOOST_TEST(Accept("b").sequence == 1);
}

BOOST_AUTO_TEST_CASE(time_does_not_go_back_in_a_stream_though_the_clock_does) {
  Make();
  BOOST_TEST((Accept("a").produced_at == At(1'000'000)));
  time = 500'000;
  BOOST_TEST((Accept("a").produced_at == At(1'000'000)));
  time = 1'000'001;
  BOOST_TEST((Accept("a").produced_at == At(1'000'001)));
}

BOOST_AUTO_TEST_CASE(L2_above_the_limit_publishes_are_refused_until_some_are_settled) {
  max_unacknowledged = 2;
  Make();
  gate->Adopt(1);  // From an earlier life.
  Accept("a");
  BOOST_TEST((Refusal("a") == Errc::kQueueFull));
  BOOST_TEST(state->begun() == 1u);
  gate->Settled(1);
  BOOST_TEST(Accept("a").sequence == 2);
  BOOST_TEST((Refusal("b") == Errc::kQueueFull));
  gate->Settled(7);
  BOOST_TEST(gate->unacknowledged() == 0u);
}

BOOST_AUTO_TEST_CASE(D14_a_closed_gate_refuses_until_it_is_opened) {
  Make();
  gate->SetClosed(true);
  BOOST_TEST((Refusal("a") == Errc::kClosed));
  BOOST_CHECK_THROW(gate->RequireOpen(), Error);
  gate->SetClosed(false);
  gate->RequireOpen();
  BOOST_TEST(Accept("a").sequence == 1);
}

BOOST_AUTO_TEST_CASE(P3_what_the_server_refused_for_good_leaves_no_hole_where_nothing_followed) {
  struct Case {
    const char* what;
    std::vector<std::int64_t> refused;
    std::int64_t next;
  };
  const Case cases[] = {
      {"the last", {3}, 3},
      {"the last two, in order", {2, 3}, 2},
      {"the last two, backwards", {3, 2}, 2},
      {"all", {1, 2, 3}, 1},
      {"one in the middle stays a hole", {2}, 4},
      {"first and last", {1, 3}, 3},
      {"one that was never used", {9}, 4},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.what) {
      Make();
      for (int i = 1; i <= 3; ++i) Accept("a", Durability::kMemory);
      for (const std::int64_t sequence : c.refused) gate->GiveBack("a", sequence);
      BOOST_TEST(Accept("b", Durability::kMemory).sequence == 1);
      BOOST_TEST(Accept("a", Durability::kMemory).sequence == c.next);
      BOOST_TEST(Accept("a", Durability::kMemory).sequence == c.next + 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(P3_a_hole_below_closes_once_all_above_it_is_refused_too) {
  Make();
  for (int i = 1; i <= 3; ++i) Accept("a", Durability::kMemory);
  gate->GiveBack("a", 2);
  BOOST_TEST(Accept("a", Durability::kMemory).sequence == 4);
  gate->GiveBack("a", 4);
  gate->GiveBack("a", 3);
  BOOST_TEST(Accept("a", Durability::kMemory).sequence == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
