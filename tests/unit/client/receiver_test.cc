#include "client/receiver.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/client/receiver_fixture.h"

namespace gapless::internal {
namespace {

using test::Code;
using test::kChannel;
using test::MakeEnvelope;
using test::Publish;
using test::Words;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(receiver, test::ReceiverFixture)

BOOST_AUTO_TEST_CASE(R1_delivers_in_order_and_each_sequence_once) {
  Make();
  BOOST_TEST(Live() == "");
  BOOST_TEST(Take(Publish(1, 1)) == "p1");
  BOOST_TEST(Take(Publish(2, 2)) == "p2");
  BOOST_TEST(Take(Publish(2, 3)) == Code(Errc::kDuplicate));
  BOOST_TEST(Take(Publish(3, 4)) == "p3");
  BOOST_TEST(receiver->position()->offset == 4u);
}

BOOST_AUTO_TEST_CASE(a_stream_met_in_the_middle_has_no_gap_before_it) {
  Make();
  Live(10);
  BOOST_TEST(Take(Publish(500, 11)) == "p500");
}

BOOST_AUTO_TEST_CASE(D6_producers_of_one_channel_have_streams_of_their_own) {
  Make();
  Live();
  BOOST_TEST(Take(Publish(100, 1, "a")) == "a100");
  BOOST_TEST(Take(Publish(3, 2, "b")) == "b3");
  BOOST_TEST(Take(Publish(101, 3, "a")) == "a101");
  BOOST_TEST(Take(Publish(4, 4, "b")) == "b4");
}

BOOST_AUTO_TEST_CASE(R2_a_hole_is_repaired_from_history_before_anything_later_is_delivered) {
  Make();
  Live();
  Take(Publish(1, 1));
  BOOST_TEST(Take(Publish(4, 4)) == "");
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 1u);
  BOOST_TEST(Take(Publish(5, 5)) == "");
  BOOST_TEST(History({Publish(2, 2), Publish(3, 3), Publish(4, 4)}, {4, "e"}) == "p2, p3, p4, p5");
  BOOST_TEST(last.repaired == 3u);
}

BOOST_AUTO_TEST_CASE(R2_history_is_read_page_by_page) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(9, 9));
  BOOST_TEST(History({Publish(2, 2), Publish(3, 3)}, {9, "e"}) == "p2, p3");
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 3u);
}

BOOST_AUTO_TEST_CASE(R2_what_history_lacks_is_reported_once_with_its_exact_range) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(6, 6));
  BOOST_TEST(History({Publish(4, 4), Publish(5, 5), Publish(6, 6)}, {6, "e"}) == "gap p[2,3], p4, p5, p6");
  BOOST_TEST(Take(Publish(7, 7)) == "p7");
}

BOOST_AUTO_TEST_CASE(R2_a_hole_between_neighbouring_offsets_is_reported_without_asking_history) {
  Make();
  Live();
  Take(Publish(1, 1));
  BOOST_TEST(Take(Publish(3, 2)) == "gap p[2,2], p3");
  BOOST_TEST(!last.history.has_value());
}

BOOST_AUTO_TEST_CASE(D32_a_late_arrival_inside_a_reported_range_is_delivered_and_marked) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(5, 2));
  BOOST_TEST(Take(Publish(3, 3)) == "late p3");
  BOOST_TEST(Take(Publish(3, 4)) == Code(Errc::kDuplicate));
  BOOST_TEST(Take(Publish(2, 5)) == "late p2");
  BOOST_TEST(!last.deliveries.front().cursor.has_value());
  BOOST_TEST(Take(Publish(6, 6)) == "p6");
}

BOOST_AUTO_TEST_CASE(R2_without_history_a_hole_is_reported_at_once) {
  config.history = false;
  Make();
  Attach({false, {}, Recovery::kNotAsked, {}});
  Take(Publish(1, 0));
  BOOST_TEST(Take(Publish(4, 0)) == "gap p[2,3], p4");
}

BOOST_AUTO_TEST_CASE(R2_a_refused_history_is_reported_and_the_stream_goes_on) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(4, 4));
  BOOST_TEST(HistoryRefused() == (Code(Errc::kServerRefused) + ", gap p[2,3], p4"));
  BOOST_TEST(Take(Publish(5, 5)) == "p5");
}

BOOST_AUTO_TEST_CASE(L1_a_vouched_resume_goes_on_without_gap) {
  Make();
  Live();
  Take(Publish(1, 1));
  receiver->Detach();
  BOOST_TEST(Attach({true, {1, "e"}, Recovery::kRecovered, {Publish(2, 2), Publish(3, 3)}}, Position{1, "e"}) ==
             "p2, p3");
  BOOST_TEST(Take(Publish(4, 4)) == "p4");
}

BOOST_AUTO_TEST_CASE(a_shared_recovery_that_began_earlier_repeats_nothing) {
  Make();
  Live(5);
  Take(Publish(6, 6));
  receiver->Detach();
  BOOST_TEST(Attach({true, {4, "e"}, Recovery::kRecovered, {Publish(5, 5), Publish(6, 6), Publish(7, 7)}},
                    Position{4, "e"}) == "p7");
}

BOOST_AUTO_TEST_CASE(R2_an_unvouched_resume_is_repaired_from_history) {
  Make();
  Live();
  Take(Publish(1, 1));
  receiver->Detach();
  BOOST_TEST(Attach({true, {4, "e"}, Recovery::kNotRecovered, {}}, Position{1, "e"}) == "");
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(History({Publish(2, 2), Publish(3, 3), Publish(4, 4)}, {4, "e"}) == "p2, p3, p4");
}

BOOST_AUTO_TEST_CASE(R2_an_unvouched_resume_without_history_opens_a_gap_that_the_next_envelope_closes) {
  config.history = false;
  Make();
  Attach({false, {}, Recovery::kNotAsked, {}});
  Take(Publish(1, 0));
  receiver->Detach();
  BOOST_TEST(Attach({false, {}, Recovery::kNotAsked, {}}) == "open p[2,?]");
  BOOST_TEST(receiver->has_open_gap());
  BOOST_TEST(Take(Publish(4, 0)) == "gap p[2,3], p4");
  BOOST_TEST(!receiver->has_open_gap());
}

BOOST_AUTO_TEST_CASE(R2_an_open_gap_closes_with_none_by_the_next_sequence_or_by_silence) {
  config.history = false;
  Make();
  Attach({false, {}, Recovery::kNotAsked, {}});
  Take(Publish(1, 0));
  receiver->Detach();
  Attach({false, {}, Recovery::kNotAsked, {}});
  BOOST_TEST(Take(Publish(2, 0)) == "none p, p2");
  receiver->Detach();
  Attach({false, {}, Recovery::kNotAsked, {}});
  last = {};
  receiver->CloseOpenGaps(last);
  BOOST_TEST(Words(last) == "none p");
}

BOOST_AUTO_TEST_CASE(R2_a_new_epoch_opens_gaps_for_streams_that_the_new_history_does_not_show) {
  Make();
  Live();
  Take(Publish(1, 1, "a"));
  Take(Publish(1, 2, "b"));
  receiver->Detach();
  Attach({true, {2, "new"}, Recovery::kNotRecovered, {}}, Position{2, "e"});
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 0u);
  BOOST_TEST(History({Publish(2, 1, "a"), Publish(4, 2, "a")}, {2, "new"}) == "a2, gap a[3,3], a4, open b[2,?]");
}

BOOST_AUTO_TEST_CASE(R2_a_loss_before_any_envelope_was_seen_is_reported_without_a_producer) {
  config.history = false;
  restored.position = {7, "e"};
  Make();
  BOOST_TEST(Attach({false, {}, Recovery::kNotAsked, {}}) == "open [0,?]");
}

BOOST_AUTO_TEST_CASE(R3_a_restart_continues_after_the_saved_cursors) {
  restored.cursors = {{"p", {5, test::At(1'000'005)}}};
  restored.position = {5, "e"};
  Make();
  BOOST_TEST(receiver->position()->offset == 5u);
  BOOST_TEST(Attach({true, {5, "e"}, Recovery::kRecovered, {Publish(6, 6)}}, Position{5, "e"}) == "p6");
}

BOOST_AUTO_TEST_CASE(D8_a_hole_right_after_a_restart_is_seen) {
  restored.cursors = {{"p", {5, test::At(1'000'005)}}};
  restored.position = {5, "e"};
  Make();
  Attach({true, {9, "e"}, Recovery::kNotRecovered, {}}, Position{5, "e"});
  BOOST_TEST(History({Publish(8, 8), Publish(9, 9)}, {9, "e"}) == "gap p[6,7], p8, p9");
}

BOOST_AUTO_TEST_CASE(R4_envelopes_that_cannot_be_read_are_reported_with_their_bytes_and_the_position_moves_on) {
  Make();
  Live();
  for (const char* bytes : {"{}", "null", "{\"channel\":", "[]", "", "\xff\xfe", "{\"sequence\":\"1\"}"}) {
    BOOST_TEST_CONTEXT(bytes) {
      Take({bytes, receiver->position()->offset + 1});
      BOOST_REQUIRE(last.deliveries.size() == 1u);
      const auto& error = std::get<Error>(last.deliveries[0].what);
      BOOST_TEST(error.raw() == bytes);
      BOOST_TEST(error.channel() == kChannel);
      BOOST_TEST(last.malformed == 1u);
    }
  }
  BOOST_TEST(receiver->position()->offset == 7u);
  BOOST_TEST(Take(Publish(1, 8)) == "p1");
}

BOOST_AUTO_TEST_CASE(D5_an_envelope_of_another_channel_is_refused) {
  Make();
  Live();
  const auto stray = EncodeEnvelope(MakeEnvelope(1, "p", "data", "public:other.room"));
  BOOST_TEST(Take({stray, 1}) == Code(Errc::kChannelMismatch));
}

BOOST_AUTO_TEST_CASE(R6_a_producer_that_starts_over_is_seen_and_its_stream_goes_on) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(2, 2));
  Envelope reborn = MakeEnvelope(1);
  reborn.produced_at = test::At(2'000'000);
  BOOST_TEST(Take({EncodeEnvelope(reborn), 3}) == "reset p, p1");
  reborn.sequence = 2;
  BOOST_TEST(Take({EncodeEnvelope(reborn), 4}) == "p2");
}

BOOST_AUTO_TEST_CASE(D35_a_replay_from_the_start_reads_all_of_history_and_reports_what_it_no_longer_has) {
  config.from_start = true;
  Make();
  BOOST_TEST(Live(1'000) == "");
  BOOST_REQUIRE(last.history.has_value());
  std::vector<Publication> page;
  for (int i = 201; i <= 500; ++i) page.push_back(Publish(i, static_cast<std::uint64_t>(i)));
  const std::string words = History(page, {1'000, "e"});
  BOOST_TEST(last.deliveries.size() == 301u);
  BOOST_TEST(words.starts_with("gap p[1,200], p201, p202, "));
  BOOST_TEST(words.ends_with(", p499, p500"));
  BOOST_TEST(last.history.has_value());
}

BOOST_AUTO_TEST_CASE(what_history_brought_and_is_pushed_only_then_is_no_news) {
  config.from_start = true;
  Make();
  Live(0);
  BOOST_TEST(History({Publish(1, 1), Publish(2, 2)}, {2, "e"}) == "p1, p2");
  BOOST_TEST(Take(Publish(2, 2)) == "");
  BOOST_TEST(last.duplicates == 0u);
  BOOST_TEST(Take(Publish(3, 3)) == "p3");
  BOOST_TEST(Take(Publish(3, 3)) == Code(Errc::kDuplicate));
  receiver->Detach();
  Attach({true, {3, "e"}, Recovery::kRecovered, {}}, Position{3, "e"});
  BOOST_TEST(Take(Publish(2, 2)) == Code(Errc::kDuplicate));
}

BOOST_AUTO_TEST_CASE(D7_from_sequence_replays_what_is_above_it_and_survives_a_loss_before_the_first_message) {
  config.from_sequence = 2;
  Make();
  Live(4);
  receiver->Detach();
  Live(4);
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 0u);
  BOOST_TEST(History({Publish(1, 1), Publish(2, 2), Publish(3, 3), Publish(4, 4)}, {4, "e"}) == "p3, p4");
}

BOOST_AUTO_TEST_CASE(publications_that_arrive_during_a_lost_repair_are_asked_for_again) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(4, 4));
  receiver->Detach();
  BOOST_TEST(Attach({true, {1, "e"}, Recovery::kRecovered, {Publish(2, 2), Publish(3, 3), Publish(4, 4)}},
                    Position{1, "e"}) == "p2, p3, p4");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
