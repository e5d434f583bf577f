// What a receiver makes of servers that lose, forget, exaggerate, or do not stop.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/unit/client/receiver_fixture.h"

namespace gapless::internal {
namespace {

using test::Code;
using test::Publish;
using test::Words;

SubscribeReply Unrecovered(std::uint64_t top, const std::string& epoch) {
  return {true, {top, epoch}, Recovery::kNotRecovered, {}};
}

std::vector<Publication> Run(std::int64_t first, std::int64_t last) {
  std::vector<Publication> run;
  for (std::int64_t i = first; i <= last; ++i) run.push_back(Publish(i, static_cast<std::uint64_t>(i)));
  return run;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(receiver_loss, test::ReceiverFixture)

BOOST_AUTO_TEST_CASE(R2_a_recovery_that_is_vouched_for_falsely_is_an_open_gap) {
  Make();
  Live();  // No history is kept, though the server says that it can recover: offsets stay away.
  BOOST_TEST(Take(Publish(1, 0)) == "p1");
  receiver->Detach();
  BOOST_TEST(Attach({true, {0, "e"}, Recovery::kRecovered, {}}, Position{0, "e"}) == "open p[2,?]");
  BOOST_TEST(!last.history.has_value());
  BOOST_TEST(Take(Publish(4, 0)) == "gap p[2,3], p4");
}

BOOST_AUTO_TEST_CASE(R2_a_recovery_that_is_vouched_for_falsely_is_an_open_gap_after_a_restart_too) {
  Make();
  Live();
  Take(Publish(5, 0));
  restored.cursors = {{"p", {5, test::At(1'000'005)}}};
  restored.position = last.deliveries.back().after;
  Make();
  BOOST_TEST(!receiver->position().has_value());
  BOOST_TEST(Attach({true, {0, "e"}, Recovery::kNotAsked, {}}) == "");
  BOOST_TEST(History({}, {0, "e"}) == "open p[6,?]");
}

// A server that began anew and of which nothing was seen yet looks much like one that keeps no history.
BOOST_AUTO_TEST_CASE(R2_a_new_stream_of_which_nothing_was_seen_is_recovered_after_a_restart) {
  restored.cursors = {{"p", {5, test::At(1'000'005)}}};
  restored.position = {0, "new"};
  Make();
  BOOST_TEST(Attach({true, {0, "new"}, Recovery::kRecovered, {Publish(6, 1), Publish(7, 2)}}, Position{0, "new"}) ==
             "p6, p7");
}

BOOST_AUTO_TEST_CASE(R2_a_stream_that_may_have_begun_in_what_was_lost_comes_after_an_open_gap_of_the_channel) {
  Make();
  Live(3);
  receiver->Detach();
  BOOST_TEST(Attach(Unrecovered(2, "new")) == "");
  BOOST_TEST(History({Publish(4, 1)}, {2, "new"}) == "open [0,?], p4");
  // A crash here must tell it again.
  BOOST_CHECK(last.deliveries.front().after == (Position{3, "e"}));
  BOOST_TEST(History({Publish(5, 2)}, {2, "new"}) == "p5");
  BOOST_TEST(Take(Publish(6, 3)) == "p6");
}

BOOST_AUTO_TEST_CASE(R2_one_publication_without_offset_does_not_discredit_a_channel_with_history) {
  Make();
  Live(3);
  Take(Publish(1, 4));
  Take(Publish(2, 0));
  receiver->Detach();
  BOOST_TEST(Attach({true, {4, "e"}, Recovery::kRecovered, {Publish(3, 5)}}, Position{4, "e"}) == "p3");
}

BOOST_AUTO_TEST_CASE(R2_a_recovery_that_skips_offsets_is_not_believed_but_repaired) {
  Make();
  Live();
  Take(Publish(1, 1));
  receiver->Detach();
  // A server that keeps only the last publication may call that a recovery.
  BOOST_TEST(Attach({true, {1, "e"}, Recovery::kRecovered, {Publish(4, 4)}}, Position{1, "e"}) == "");
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 1u);
  BOOST_TEST(History(Run(2, 4), {4, "e"}) == "p2, p3, p4");
}

BOOST_AUTO_TEST_CASE(R2_a_top_below_what_was_seen_is_another_stream_by_the_same_name) {
  Make();
  Live();
  for (std::int64_t i = 1; i <= 4; ++i) {
    Take(Publish(i, static_cast<std::uint64_t>(2 * i - 1), "a"));
    Take(Publish(i, static_cast<std::uint64_t>(2 * i), "b"));
  }
  receiver->Detach();
  BOOST_TEST(Attach(Unrecovered(2, "e"), Position{8, "e"}) == "");
  History({}, {2, "e"});
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 0u);
  BOOST_TEST(History({Publish(5, 1, "b"), Publish(7, 2, "b")}, {2, "e"}) == "b5, gap b[6,6], b7, open a[5,?]");
  BOOST_TEST(receiver->position()->offset == 2u);
}

BOOST_AUTO_TEST_CASE(R2_a_loss_in_the_middle_is_told_for_streams_that_were_seen_only_before_it) {
  Make();
  Live();
  Take(Publish(1, 1, "a"));
  Take(Publish(1, 2, "b"));
  Take(Publish(4, 9, "b"));
  // History begins after the hole and shows b alone: a may have said something in [3, 6].
  BOOST_TEST(History({Publish(2, 7, "b"), Publish(3, 8, "b"), Publish(4, 9, "b")}, {9, "e"}) ==
             "b2, b3, b4, open a[2,?]");
}

BOOST_AUTO_TEST_CASE(R2_a_loss_that_opens_between_two_pages_is_told_for_streams_of_the_first_page) {
  Make();
  Live();
  Take(Publish(1, 1, "a"));
  Take(Publish(9, 9, "b"));
  BOOST_TEST(History({Publish(2, 2, "a")}, {9, "e"}) == "a2");
  BOOST_TEST(History({Publish(8, 8, "b"), Publish(9, 9, "b")}, {9, "e"}) == "b8, b9, open a[3,?]");
}

BOOST_AUTO_TEST_CASE(R2_an_epoch_that_changed_is_told_even_if_the_connection_is_lost_before_the_repair_ends) {
  Make();
  Live();
  Take(Publish(1, 1, "a"));
  Take(Publish(1, 2, "b"));
  receiver->Detach();
  Attach(Unrecovered(1, "new"), Position{2, "e"});
  BOOST_REQUIRE(last.history.has_value());
  receiver->Detach();
  // The server vouches for the new stream from its start, which says nothing about the end of the old one.
  BOOST_TEST(Attach({true, {0, "new"}, Recovery::kRecovered, {Publish(2, 1, "a")}}, Position{0, "new"}) ==
             "a2, open b[2,?]");
}

BOOST_AUTO_TEST_CASE(R3_the_saved_position_stays_before_a_loss_until_it_was_told) {
  Make();
  Live();
  Take(Publish(1, 1, "a"));
  Take(Publish(1, 2, "b"));
  receiver->Detach();
  Attach(Unrecovered(400, "new"), Position{2, "e"});
  BOOST_TEST(History({Publish(2, 1, "a")}, {2, "new"}) == "a2");
  // A process that ends here must learn of the new epoch again, or nobody ever hears of the loss.
  BOOST_TEST((last.deliveries.back().after == Position{2, "e"}));
  BOOST_TEST((receiver->checkpoint() == Position{2, "e"}));
  BOOST_TEST(History({Publish(3, 2, "a")}, {2, "new"}) == "a3, open b[2,?]");
  BOOST_TEST((last.deliveries.back().after == Position{2, "new"}));
  BOOST_TEST(Take(Publish(4, 3, "a")) == "a4");
  BOOST_TEST((last.deliveries.back().after == Position{3, "new"}));
}

BOOST_AUTO_TEST_CASE(R2_history_that_lags_behind_the_live_stream_is_asked_again) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(4, 4));
  Take(Publish(7, 7));
  BOOST_TEST(History(Run(2, 4), {4, "e"}) == "p2, p3, p4");
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 4u);
  BOOST_TEST(History(Run(5, 7), {7, "e"}) == "p5, p6, p7");
  BOOST_TEST(!last.history.has_value());
}

BOOST_AUTO_TEST_CASE(R1_what_is_in_hand_is_delivered_though_history_is_empty) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(4, 4));
  Take(Publish(5, 5));
  BOOST_TEST(History({}, {5, "e"}) == "gap p[2,3], p4, p5");
  BOOST_TEST(receiver->position()->offset == 5u);
}

BOOST_AUTO_TEST_CASE(L2_history_that_never_catches_up_is_given_up) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(4, 4));
  std::string said;
  int asked = 0;
  for (bool more = true; more && asked < 100; ++asked) {
    said += History({}, {1, "e"});
    more = last.history.has_value();
  }
  BOOST_TEST(asked < 10);
  BOOST_TEST(said == "gap p[2,3], p4");
}

BOOST_AUTO_TEST_CASE(L2_a_server_that_changes_its_epoch_with_every_page_is_given_up) {
  Make();
  Live();
  Take(Publish(1, 1, "a"));
  Take(Publish(1, 2, "b"));
  Take(Publish(5, 5, "b"));
  std::string said;
  int asked = 0;
  for (bool more = true; more && asked < 100; ++asked) {
    const std::string epoch = "new" + std::to_string(asked);
    said += History({Publish(2, 1, "b")}, {5, epoch});
    more = last.history.has_value();
  }
  BOOST_TEST(asked < 10);
  BOOST_TEST(said == "gap b[2,4], b5, open a[2,?]");
  // The stream goes on from where the server says that it stands.
  BOOST_TEST(Take(Publish(6, 6, "b")) == "b6");
}

BOOST_AUTO_TEST_CASE(L2_pages_that_repeat_what_is_known_end_the_repair) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(3, 3));
  BOOST_TEST(History({Publish(1, 1)}, {3, "e"}) == "gap p[2,2], p3");
  receiver->Detach();
  BOOST_TEST(Attach(Unrecovered(9, "e"), Position{3, "e"}) == "");
  BOOST_TEST(History({Publish(1, 1)}, {9, "e"}) == "open p[4,?]");
  BOOST_TEST(!last.history.has_value());
  BOOST_TEST(receiver->position()->offset == 9u);
}

BOOST_AUTO_TEST_CASE(L2_what_arrives_during_a_repair_is_held_up_to_a_bound_and_then_fetched) {
  constexpr std::int64_t kLast = 10'000;
  Make();
  Live();
  Take(Publish(1, 1));
  for (std::int64_t i = 3; i <= kLast; ++i) BOOST_REQUIRE(Take(Publish(i, static_cast<std::uint64_t>(i))) == "");
  // Had all of it been held, the repair would be at its end.
  BOOST_TEST(History(Run(2, 2), {2, "e"}) == "p2");
  BOOST_REQUIRE(last.history.has_value());
  std::uint64_t next = 3;
  for (int pages = 0; last.history && pages < 100; ++pages) {
    const auto first = static_cast<std::int64_t>(receiver->position()->offset) + 1;
    History(Run(first, std::min(first + 299, kLast)), {kLast, "e"});
    for (const Delivery& delivery : last.deliveries) {
      const auto* envelope = std::get_if<Envelope>(&delivery.what);
      BOOST_REQUIRE(envelope != nullptr);
      BOOST_REQUIRE(envelope->offset == next++);
    }
  }
  BOOST_TEST(next == static_cast<std::uint64_t>(kLast) + 1);
}

BOOST_AUTO_TEST_CASE(L2_what_was_dropped_during_a_repair_and_history_does_not_have_is_reported) {
  constexpr std::int64_t kLast = 10'000;
  Make();
  Live();
  Take(Publish(1, 1));
  for (std::int64_t i = 3; i <= kLast; ++i) Take(Publish(i, static_cast<std::uint64_t>(i)));
  BOOST_TEST(HistoryRefused() == Code(Errc::kServerRefused) + ", open p[2,?]");
  // The next publication shows that they are missing, and is a reason to ask once more.
  BOOST_TEST(Take(Publish(kLast + 1, static_cast<std::uint64_t>(kLast) + 1)) == "");
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(HistoryRefused() == Code(Errc::kServerRefused) + ", gap p[2,10000], p10001");
}

BOOST_AUTO_TEST_CASE(L2_offsets_at_the_end_of_their_range_do_no_harm) {
  constexpr auto kTop = std::numeric_limits<std::uint64_t>::max();
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(2, kTop));
  BOOST_TEST(History({Publish(2, kTop)}, {kTop, "e"}) == "p2");
  BOOST_TEST(Take(Publish(3, 5)) == "p3");
}

BOOST_AUTO_TEST_CASE(the_largest_sequence_closes_its_open_gap_without_a_next) {
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  config.history = false;
  restored.cursors = {{"p", {kLast, test::At(1'000'000)}}};
  restored.position = {7, "e"};
  Make();
  BOOST_TEST(Attach({false, {}, Recovery::kNotAsked, {}}) == "open p[9223372036854775807,?]");
  last = {};
  receiver->CloseOpenGaps(last);
  BOOST_TEST(Words(last) == "none p");
}

BOOST_AUTO_TEST_CASE(R2_a_replay_that_loses_its_history_half_way_tells_what_was_seen_and_may_be_cut_short) {
  config.from_start = true;
  Make();
  Live(600);
  History(Run(1, 300), {600, "e"});
  BOOST_TEST(HistoryRefused() == Code(Errc::kServerRefused) + ", open p[301,?]");
}

BOOST_AUTO_TEST_CASE(R2_a_replay_whose_first_page_is_refused_has_no_stream_to_miss_anything_of) {
  config.from_start = true;
  Make();
  Live(600);
  BOOST_TEST(HistoryRefused() == Code(Errc::kServerRefused));
  BOOST_TEST(Take(Publish(601, 601)) == "gap p[1,600], p601");
}

BOOST_AUTO_TEST_CASE(R4_only_envelopes_that_were_brought_back_count_as_repaired) {
  restored.cursors = {{"p", {2, test::At(1'000'002)}}};
  Make();
  Attach({true, {4, "e"}, Recovery::kNotAsked, {}});
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(History({Publish(1, 1), Publish(2, 2), Publish(3, 3), {"{}", 4}}, {4, "e"}) ==
             Code(Errc::kDuplicate) + ", " + Code(Errc::kDuplicate) + ", p3, " + Code(Errc::kChannelRequired));
  BOOST_TEST(last.repaired == 1u);
}

BOOST_AUTO_TEST_CASE(D7_from_sequence_counts_for_a_producer_that_appears_later_too) {
  config.from_sequence = 5;
  Make();
  Live(1);
  BOOST_TEST(History({Publish(6, 1, "a")}, {1, "e"}) == "a6");
  BOOST_TEST(Take(Publish(8, 2, "b")) == "gap b[6,7], b8");
  // One that is younger than that has nothing below that was handled, so all of it counts.
  BOOST_TEST(Take(Publish(1, 3, "c")) == "c1");
  BOOST_TEST(Take(Publish(2, 4, "c")) == "c2");
}

BOOST_AUTO_TEST_CASE(a_replay_that_nobody_can_serve_is_told_and_the_stream_begins_with_what_comes) {
  config.from_start = true;
  for (const bool history : {true, false}) {
    BOOST_TEST_CONTEXT("history " << history) {
      config.history = history;
      Make();
      BOOST_TEST(Attach({!history, {}, Recovery::kNotAsked, {}}) == Code(Errc::kNotSupported));
      BOOST_TEST(!last.history.has_value());
      BOOST_TEST(Take(Publish(1, 0)) == "p1");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_cursor_without_a_position_is_continued_from_history) {
  restored.cursors = {{"p", {2, kUnsetTime}}};
  Make();
  BOOST_TEST(!receiver->position().has_value());
  BOOST_TEST(Attach({true, {3, "e"}, Recovery::kNotAsked, {}}) == "");
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 0u);
  BOOST_TEST(History({Publish(3, 3)}, {3, "e"}) == "p3");
}

BOOST_AUTO_TEST_CASE(R6_a_reset_ends_the_open_gap_of_its_stream) {
  config.history = false;
  Make();
  Attach({false, {}, Recovery::kNotAsked, {}});
  Take(Publish(1, 0));
  Take(Publish(2, 0));
  receiver->Detach();
  Attach({false, {}, Recovery::kNotAsked, {}});
  Envelope reborn = test::MakeEnvelope(2);
  reborn.produced_at = test::At(2'000'000);
  BOOST_TEST(Take({EncodeEnvelope(reborn), 0}) == "reset p, gap p[1,1], p2");
  BOOST_TEST(!receiver->has_open_gap());
  reborn.sequence = 1;
  BOOST_TEST(Take({EncodeEnvelope(reborn), 0}) == "late p1, filled p[1,1]");
}

BOOST_AUTO_TEST_CASE(answers_that_nobody_waits_for_change_nothing) {
  Make();
  BOOST_TEST(Take(Publish(1, 1)) == "");
  Live();
  BOOST_TEST(History(Run(1, 3), {3, "e"}) == "");
  BOOST_TEST(HistoryRefused() == "");
  BOOST_TEST(Take(Publish(1, 1)) == "p1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
