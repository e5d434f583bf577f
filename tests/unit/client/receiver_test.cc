#include "client/receiver.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/client/fixtures.h"

namespace gapless::internal {
namespace {

using test::kChannel;
using test::MakeEnvelope;
using test::Publish;

/// What reached the handlers' side, one word each: "p5", "late p3", "gap p[3,4]", "open p[6,?]", "none p", "reset p",
/// "error <code>".
std::vector<std::string> Words(const ReceiverOutput& output) {
  std::vector<std::string> words;
  for (const Delivery& delivery : output.deliveries) {
    if (const auto* envelope = std::get_if<Envelope>(&delivery.what)) {
      words.push_back((envelope->late ? "late " : "") + envelope->producer.id + std::to_string(envelope->sequence));
    } else if (const auto* gap = std::get_if<Gap>(&delivery.what)) {
      const std::string range = gap->producer + "[" + std::to_string(gap->first) + ",";
      switch (gap->kind) {
        case GapKind::kRange:
          words.push_back("gap " + range + std::to_string(gap->last) + "]");
          break;
        case GapKind::kOpen:
          words.push_back("open " + range + "?]");
          break;
        case GapKind::kNone:
          words.push_back("none " + gap->producer);
          break;
        case GapKind::kReset:
          words.push_back("reset " + gap->producer);
          break;
      }
    } else {
      words.push_back("error " + std::to_string(static_cast<int>(std::get<Error>(delivery.what).errc())));
    }
  }
  return words;
}

std::string Code(Errc code) { return "error " + std::to_string(static_cast<int>(code)); }

using Words_ = std::vector<std::string>;

struct Fixture {
  Receiver::Config config{kChannel, false, 0, true};
  ConsumerState restored;
  std::optional<Receiver> receiver;
  ReceiverOutput last;

  void Make() { receiver.emplace(config, restored); }
  Words_ Attach(const SubscribeReply& reply, std::optional<Position> asked = std::nullopt) {
    last = {};
    receiver->Attach(asked, reply, last);
    return Words(last);
  }
  Words_ Live(std::uint64_t top = 0) { return Attach({true, {top, "e"}, Recovery::kNotAsked, {}}); }
  Words_ Take(const Publication& publication) {
    last = {};
    receiver->Take(publication, last);
    return Words(last);
  }
  Words_ History(std::vector<Publication> publications, Position top) {
    last = {};
    receiver->TakeHistory(HistoryReply{std::move(publications), std::move(top)}, last);
    return Words(last);
  }
  Words_ HistoryRefused(Errc code = Errc::kServerRefused) {
    last = {};
    receiver->TakeHistory(ErrorReply{Error(code, "no"), false}, last);
    return Words(last);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(receiver, Fixture)

BOOST_AUTO_TEST_CASE(R1_delivers_in_order_and_each_sequence_once) {
  Make();
  BOOST_TEST(Live() == Words_{}, boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(1, 1)) == Words_{"p1"}, boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(2, 2)) == Words_{"p2"}, boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(2, 3)) == Words_{Code(Errc::kDuplicate)}, boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(3, 4)) == Words_{"p3"}, boost::test_tools::per_element());
  BOOST_TEST(receiver->position()->offset == 4u);
}

BOOST_AUTO_TEST_CASE(a_stream_met_in_the_middle_has_no_gap_before_it) {
  Make();
  Live(10);
  BOOST_TEST(Take(Publish(500, 11)) == Words_{"p500"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(D6_producers_of_one_channel_have_streams_of_their_own) {
  Make();
  Live();
  BOOST_TEST(Take(Publish(100, 1, "a")) == Words_{"a100"}, boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(3, 2, "b")) == Words_{"b3"}, boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(101, 3, "a")) == Words_{"a101"}, boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(4, 4, "b")) == Words_{"b4"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R2_a_hole_is_repaired_from_history_before_anything_later_is_delivered) {
  Make();
  Live();
  Take(Publish(1, 1));
  BOOST_TEST(Take(Publish(4, 4)) == Words_{}, boost::test_tools::per_element());
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 1u);
  BOOST_TEST(Take(Publish(5, 5)) == Words_{}, boost::test_tools::per_element());
  BOOST_TEST(History({Publish(2, 2), Publish(3, 3), Publish(4, 4)}, {4, "e"}) == (Words_{"p2", "p3", "p4", "p5"}),
             boost::test_tools::per_element());
  BOOST_TEST(last.repaired == 3u);
}

BOOST_AUTO_TEST_CASE(R2_history_is_read_page_by_page) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(9, 9));
  BOOST_TEST(History({Publish(2, 2), Publish(3, 3)}, {9, "e"}) == (Words_{"p2", "p3"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 3u);
}

BOOST_AUTO_TEST_CASE(R2_what_history_lacks_is_reported_once_with_its_exact_range) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(6, 6));
  BOOST_TEST(History({Publish(4, 4), Publish(5, 5), Publish(6, 6)}, {6, "e"}) ==
                 (Words_{"gap p[2,3]", "p4", "p5", "p6"}),
             boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(7, 7)) == Words_{"p7"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R2_a_hole_between_neighbouring_offsets_is_reported_without_asking_history) {
  Make();
  Live();
  Take(Publish(1, 1));
  BOOST_TEST(Take(Publish(3, 2)) == (Words_{"gap p[2,2]", "p3"}), boost::test_tools::per_element());
  BOOST_TEST(!last.history.has_value());
}

BOOST_AUTO_TEST_CASE(D32_a_late_arrival_inside_a_reported_range_is_delivered_and_marked) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(5, 2));
  BOOST_TEST(Take(Publish(3, 3)) == Words_{"late p3"}, boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(3, 4)) == Words_{Code(Errc::kDuplicate)}, boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(2, 5)) == Words_{"late p2"}, boost::test_tools::per_element());
  BOOST_TEST(!last.deliveries.front().cursor.has_value());
  BOOST_TEST(Take(Publish(6, 6)) == Words_{"p6"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R2_without_history_a_hole_is_reported_at_once) {
  config.history = false;
  Make();
  Attach({false, {}, Recovery::kNotAsked, {}});
  Take(Publish(1, 0));
  BOOST_TEST(Take(Publish(4, 0)) == (Words_{"gap p[2,3]", "p4"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R2_a_refused_history_is_reported_and_the_stream_goes_on) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(4, 4));
  BOOST_TEST(HistoryRefused() == (Words_{Code(Errc::kServerRefused), "gap p[2,3]", "p4"}),
             boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(5, 5)) == Words_{"p5"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(L1_a_vouched_resume_goes_on_without_gap) {
  Make();
  Live();
  Take(Publish(1, 1));
  receiver->Detach();
  BOOST_TEST(Attach({true, {1, "e"}, Recovery::kRecovered, {Publish(2, 2), Publish(3, 3)}}, Position{1, "e"}) ==
                 (Words_{"p2", "p3"}),
             boost::test_tools::per_element());
  BOOST_TEST(Take(Publish(4, 4)) == Words_{"p4"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_shared_recovery_that_began_earlier_repeats_nothing) {
  Make();
  Live(5);
  Take(Publish(6, 6));
  receiver->Detach();
  BOOST_TEST(Attach({true, {4, "e"}, Recovery::kRecovered, {Publish(5, 5), Publish(6, 6), Publish(7, 7)}},
                    Position{4, "e"}) == Words_{"p7"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R2_an_unvouched_resume_is_repaired_from_history) {
  Make();
  Live();
  Take(Publish(1, 1));
  receiver->Detach();
  BOOST_TEST(Attach({true, {4, "e"}, Recovery::kNotRecovered, {}}, Position{1, "e"}) == Words_{},
             boost::test_tools::per_element());
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(History({Publish(2, 2), Publish(3, 3), Publish(4, 4)}, {4, "e"}) == (Words_{"p2", "p3", "p4"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R2_an_unvouched_resume_without_history_opens_a_gap_that_the_next_envelope_closes) {
  config.history = false;
  Make();
  Attach({false, {}, Recovery::kNotAsked, {}});
  Take(Publish(1, 0));
  receiver->Detach();
  BOOST_TEST(Attach({false, {}, Recovery::kNotAsked, {}}) == Words_{"open p[2,?]"}, boost::test_tools::per_element());
  BOOST_TEST(receiver->has_open_gap());
  BOOST_TEST(Take(Publish(4, 0)) == (Words_{"gap p[2,3]", "p4"}), boost::test_tools::per_element());
  BOOST_TEST(!receiver->has_open_gap());
}

BOOST_AUTO_TEST_CASE(R2_an_open_gap_closes_with_none_by_the_next_sequence_or_by_silence) {
  config.history = false;
  Make();
  Attach({false, {}, Recovery::kNotAsked, {}});
  Take(Publish(1, 0));
  receiver->Detach();
  Attach({false, {}, Recovery::kNotAsked, {}});
  BOOST_TEST(Take(Publish(2, 0)) == (Words_{"none p", "p2"}), boost::test_tools::per_element());
  receiver->Detach();
  Attach({false, {}, Recovery::kNotAsked, {}});
  last = {};
  receiver->CloseOpenGaps(last);
  BOOST_TEST(Words(last) == Words_{"none p"}, boost::test_tools::per_element());
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
  BOOST_TEST(History({Publish(2, 1, "a"), Publish(4, 2, "a")}, {2, "new"}) ==
                 (Words_{"a2", "gap a[3,3]", "a4", "open b[2,?]"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R2_a_loss_before_any_envelope_was_seen_is_reported_without_a_producer) {
  config.history = false;
  restored.position = {7, "e"};
  Make();
  BOOST_TEST(Attach({false, {}, Recovery::kNotAsked, {}}) == Words_{"open [0,?]"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R3_a_restart_continues_after_the_saved_cursors) {
  restored.cursors = {{"p", {5, test::At(1'000'005)}}};
  restored.position = {5, "e"};
  Make();
  BOOST_TEST(receiver->position()->offset == 5u);
  BOOST_TEST(Attach({true, {5, "e"}, Recovery::kRecovered, {Publish(6, 6)}}, Position{5, "e"}) == Words_{"p6"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(D8_a_hole_right_after_a_restart_is_seen) {
  restored.cursors = {{"p", {5, test::At(1'000'005)}}};
  restored.position = {5, "e"};
  Make();
  Attach({true, {9, "e"}, Recovery::kNotRecovered, {}}, Position{5, "e"});
  BOOST_TEST(History({Publish(8, 8), Publish(9, 9)}, {9, "e"}) == (Words_{"gap p[6,7]", "p8", "p9"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R4_envelopes_that_cannot_be_read_are_reported_with_their_bytes_and_the_position_moves_on) {
  Make();
  Live();
  for (const char* bytes : {"{}", "null", "{\"channel\":", "[]", "", "\xff\xfe", "{\"sequence\":\"1\"}"}) {
    BOOST_TEST_CONTEXT(bytes) {
      const auto words = Take({bytes, receiver->position()->offset + 1});
      BOOST_REQUIRE(words.size() == 1u);
      const auto& error = std::get<Error>(last.deliveries[0].what);
      BOOST_TEST(error.raw() == bytes);
      BOOST_TEST(error.channel() == kChannel);
      BOOST_TEST(last.malformed == 1u);
    }
  }
  BOOST_TEST(receiver->position()->offset == 7u);
  BOOST_TEST(Take(Publish(1, 8)) == Words_{"p1"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(D5_an_envelope_of_another_channel_is_refused) {
  Make();
  Live();
  const auto stray = EncodeEnvelope(MakeEnvelope(1, "p", "data", "public:other.room"));
  BOOST_TEST(Take({stray, 1}) == Words_{Code(Errc::kChannelMismatch)}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R6_a_producer_that_starts_over_is_seen_and_its_stream_goes_on) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(2, 2));
  Envelope reborn = MakeEnvelope(1);
  reborn.produced_at = test::At(2'000'000);
  BOOST_TEST(Take({EncodeEnvelope(reborn), 3}) == (Words_{"reset p", "p1"}), boost::test_tools::per_element());
  reborn.sequence = 2;
  BOOST_TEST(Take({EncodeEnvelope(reborn), 4}) == Words_{"p2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(D35_a_replay_from_the_start_reads_all_of_history_and_reports_what_it_no_longer_has) {
  config.from_start = true;
  Make();
  BOOST_TEST(Live(1'000) == Words_{}, boost::test_tools::per_element());
  BOOST_REQUIRE(last.history.has_value());
  std::vector<Publication> page;
  for (int i = 201; i <= 500; ++i) page.push_back(Publish(i, static_cast<std::uint64_t>(i)));
  auto words = History(page, {1'000, "e"});
  BOOST_REQUIRE(words.size() == 301u);
  BOOST_TEST(words.front() == "gap p[1,200]");
  BOOST_TEST(words.back() == "p500");
  BOOST_TEST(last.history.has_value());
}

BOOST_AUTO_TEST_CASE(D7_from_sequence_replays_what_is_above_it_and_survives_a_loss_before_the_first_message) {
  config.from_sequence = 2;
  Make();
  Live(4);
  receiver->Detach();
  Live(4);
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 0u);
  BOOST_TEST(History({Publish(1, 1), Publish(2, 2), Publish(3, 3), Publish(4, 4)}, {4, "e"}) == (Words_{"p3", "p4"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(publications_that_arrive_during_a_lost_repair_are_asked_for_again) {
  Make();
  Live();
  Take(Publish(1, 1));
  Take(Publish(4, 4));
  receiver->Detach();
  BOOST_TEST(Attach({true, {1, "e"}, Recovery::kRecovered,
                     {Publish(2, 2), Publish(3, 3), Publish(4, 4)}},
                    Position{1, "e"}) == (Words_{"p2", "p3", "p4"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
