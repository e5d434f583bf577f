#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "tests/unit/client/session_fixture.h"

namespace gapless::internal {
namespace {

using namespace std::chrono_literals;

struct Fixture : test::SessionFixture {
  void BeConnected() {
    Connect();
    Connected();
  }
  /// What state knows of a subscription that has handled sequences and offsets up to `last`.
  static ConsumerState Handled(std::int64_t last, const std::string& epoch = "e") {
    return {{{"p", {last, test::At(1'000'000 + last)}}}, {static_cast<std::uint64_t>(last), epoch}};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_channels, Fixture)

BOOST_AUTO_TEST_CASE(L1_subscriptions_made_before_the_connection_begin_with_it) {
  BOOST_TEST(Subscribe(1, "a") == "");
  BOOST_TEST(Subscribe(2, "b", Handled(5)) == "");
  Connect();
  BOOST_TEST(Connected() == "state connected; subscribe a; subscribe b from 5e");
  BOOST_TEST(Accept("subscribe a", 3) == "");
  BOOST_TEST(Arrives("a", 9, 4) == "to 1: p9");
  BOOST_TEST(Recover("subscribe b from 5e", {5, "e"}, {On("b", 6, 6)}) == "to 2: p6");
}

BOOST_AUTO_TEST_CASE(L1_D6_a_subscription_resumes_from_its_position_after_a_loss) {
  BeConnected();
  BOOST_TEST(Subscribe(1, "a") == "subscribe a");
  Accept("subscribe a");
  Arrives("a", 1, 1);
  Arrives("a", 2, 2);
  Lost();
  Pass(200ms);
  BOOST_TEST(Connected() == "state connected; subscribe a from 2e");
  BOOST_TEST(Recover("subscribe a from 2e", {2, "e"}, {On("a", 3, 3), On("a", 4, 4)}) == "to 1: p3, p4");
  BOOST_TEST(Arrives("a", 5, 5) == "to 1: p5");
}

BOOST_AUTO_TEST_CASE(R2_what_the_server_cannot_recover_is_repaired_from_history) {
  BeConnected();
  Subscribe(1, "a", Handled(2));
  BOOST_TEST(Reply("subscribe a from 2e", SubscribeReply{true, {4, "e"}, Recovery::kNotRecovered, {}}) ==
             "history a since 2e");
  BOOST_TEST(Arrives("a", 5, 5) == "");
  BOOST_TEST(Reply("history a since 2e", HistoryReply{{On("a", 3, 3), On("a", 4, 4)}, {4, "e"}}) == "to 1: p3, p4, p5");
}

BOOST_AUTO_TEST_CASE(R2_history_that_is_refused_for_now_is_asked_again) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  Arrives("a", 1, 1);
  BOOST_TEST(Arrives("a", 3, 3) == "history a since 1e");
  BOOST_TEST(Refuse("history a since 1e", true) == "");
  BOOST_TEST(ToNextWork().count() == 200);
  BOOST_TEST(Arrives("a", 4, 4) == "");
  BOOST_TEST(Pass(200ms) == "history a since 1e");
  BOOST_TEST(Reply("history a since 1e", HistoryReply{{On("a", 2, 2), On("a", 3, 3)}, {3, "e"}}) == "to 1: p2, p3, p4");
}

BOOST_AUTO_TEST_CASE(L2_history_that_is_refused_for_now_again_and_again_is_given_up) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  Arrives("a", 1, 1);
  Arrives("a", 3, 3);
  std::string said;
  int asked = 1;
  for (; asked < 100; ++asked) {
    said = Refuse("history a since 1e", true);
    if (!said.empty()) break;
    BOOST_REQUIRE(Pass(200ms) == "history a since 1e");
  }
  BOOST_TEST(asked > 1);
  BOOST_TEST(asked < 10);
  BOOST_TEST(said == "to 1: error 53, gap p[2,2], p3");
  BOOST_TEST(ToNextWork().count() == -1);
}

BOOST_AUTO_TEST_CASE(R2_a_repair_that_waits_to_be_tried_again_ends_with_its_connection_or_subscription) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  Arrives("a", 1, 1);
  Arrives("a", 3, 3);
  Refuse("history a since 1e", true);
  Lost();
  BOOST_TEST(Pass(200ms) == "connect 3");
  BOOST_TEST(Connected() == "state connected; subscribe a from 1e");
  Recover("subscribe a from 1e", {1, "e"}, {});
  BOOST_TEST(Arrives("a", 3, 3) == "history a since 1e");
  Refuse("history a since 1e", true);
  BOOST_TEST(Unsubscribe(1) == "unsubscribe a");
  Reply("unsubscribe a", UnsubscribeReply{});
  BOOST_TEST(Pass(1h) == "");
}

BOOST_AUTO_TEST_CASE(R2_an_answer_that_was_asked_before_a_pause_does_not_disturb_a_repair_after_it) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  for (int i = 1; i <= 5; ++i) Arrives("a", i, static_cast<std::uint64_t>(i));
  BOOST_TEST(Arrives("a", 8, 8) == "history a since 5e");
  const std::uint64_t stale = sent.at("history a since 5e");
  Pause(1);
  BOOST_TEST(Pause(1, false) == "subscribe a from 5e");
  Recover("subscribe a from 5e", {5, "e"}, {On("a", 6, 6), On("a", 7, 7), On("a", 8, 8), On("a", 9, 9)});
  BOOST_TEST(Arrives("a", 11, 11) == "history a since 9e");
  // Taken for an answer to the second question, it would say that the server had lost its stream.
  BOOST_TEST(Event(ReplyEvent{stale, HistoryReply{{On("a", 6, 6)}, {8, "e"}}}) == "");
  BOOST_TEST(Reply("history a since 9e", HistoryReply{{On("a", 10, 10)}, {10, "e"}}) == "to 1: p10, p11");
}

BOOST_AUTO_TEST_CASE(D9_a_subscribe_that_is_refused_for_now_is_told_and_tried_again_with_growing_delays) {
  BeConnected();
  Subscribe(1, "a");
  for (int i = 0; i < 3; ++i) {
    random = std::uint64_t{200} << i;
    BOOST_TEST(Refuse("subscribe a", true) == "to 1: error 53");
    BOOST_TEST(ToNextWork().count() == 200 + (200 << i));
    BOOST_TEST(Pass(ToNextWork()) == "subscribe a");
  }
  BOOST_TEST(Accept("subscribe a") == "");
  BOOST_TEST(Arrives("a", 1, 1) == "to 1: p1");
}

BOOST_AUTO_TEST_CASE(D9_a_subscribe_that_is_refused_for_good_is_told_and_tried_again_on_the_next_connection) {
  BeConnected();
  Subscribe(1, "a");
  BOOST_TEST(Refuse("subscribe a", false, Errc::kPermissionDenied) == "to 1: error 54");
  BOOST_TEST(Pass(1h) == "");
  Lost();
  Pass(200ms);
  BOOST_TEST(Connected() == "state connected; subscribe a");
}

BOOST_AUTO_TEST_CASE(a_refusal_for_good_is_asked_about_again_when_somebody_new_subscribes_and_by_no_pause) {
  BeConnected();
  Subscribe(1, "a");
  Refuse("subscribe a", false);
  BOOST_TEST(Pause(1) == "");
  BOOST_TEST(Pause(1, false) == "");
  BOOST_TEST(Subscribe(2, "a") == "subscribe a");
  Accept("subscribe a");
  BOOST_TEST(Arrives("a", 1, 1) == "to 1: p1; to 2: p1");
}

BOOST_AUTO_TEST_CASE(D12_two_subscriptions_on_a_channel_share_the_wire_and_end_by_themselves) {
  BeConnected();
  BOOST_TEST(Subscribe(1, "a") == "subscribe a");
  BOOST_TEST(Subscribe(2, "a") == "");
  Accept("subscribe a");
  BOOST_TEST(Arrives("a", 1, 1) == "to 1: p1; to 2: p1");
  BOOST_TEST(Unsubscribe(1) == "");
  BOOST_TEST(Arrives("a", 2, 2) == "to 2: p2");
  BOOST_TEST(Unsubscribe(2) == "unsubscribe a");
  BOOST_TEST(Arrives("a", 3, 3) == "");
  BOOST_TEST(Unsubscribe(2) == "");
}

BOOST_AUTO_TEST_CASE(D6_several_on_one_channel_recover_from_the_one_that_is_furthest_behind) {
  Subscribe(1, "a", Handled(7));
  Subscribe(2, "a", Handled(4));
  Subscribe(3, "a");
  Connect();
  BOOST_TEST(Connected() == "state connected; subscribe a from 4e");
  BOOST_TEST(Recover("subscribe a from 4e", {4, "e"}, {On("a", 5, 5), On("a", 6, 6), On("a", 7, 7), On("a", 8, 8)}) ==
             "to 1: p8; to 2: p5, p6, p7, p8");
  BOOST_TEST(Arrives("a", 9, 9) == "to 1: p9; to 2: p9; to 3: p9");
}

BOOST_AUTO_TEST_CASE(R2_of_several_with_positions_in_different_epochs_the_others_repair_from_history) {
  Subscribe(1, "a", Handled(4, "e"));
  Subscribe(2, "a", Handled(9, "old"));
  Connect();
  BOOST_TEST(Connected() == "state connected; subscribe a from 4e");
  BOOST_TEST(Recover("subscribe a from 4e", {4, "e"}, {On("a", 5, 5)}) == "to 1: p5; history a since 0e");
}

BOOST_AUTO_TEST_CASE(one_that_joins_later_begins_where_the_channel_stands) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  Arrives("a", 1, 1);
  BOOST_TEST(Subscribe(2, "a") == "");
  BOOST_TEST(Arrives("a", 2, 2) == "to 1: p2; to 2: p2");
}

BOOST_AUTO_TEST_CASE(R3_one_that_joins_later_with_a_cursor_is_brought_up_from_history) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a", 2);
  Arrives("a", 3, 3);
  BOOST_TEST(Subscribe(2, "a", Handled(1)) == "history a since 1e");
  BOOST_TEST(Arrives("a", 4, 4) == "to 1: p4");
  BOOST_TEST(Reply("history a since 1e", HistoryReply{{On("a", 2, 2), On("a", 3, 3)}, {3, "e"}}) == "to 2: p2, p3, p4");
}

BOOST_AUTO_TEST_CASE(one_that_joins_while_the_subscribe_is_under_way_begins_with_the_others) {
  BeConnected();
  Subscribe(1, "a");
  BOOST_TEST(Subscribe(2, "a") == "");
  Refuse("subscribe a", true);
  BOOST_TEST(Subscribe(3, "a") == "");
  Pass(200ms);
  Accept("subscribe a");
  BOOST_TEST(Arrives("a", 1, 1) == "to 1: p1; to 2: p1; to 3: p1");
}

BOOST_AUTO_TEST_CASE(unsubscribing_while_subscribing_leaves_nothing_behind) {
  BeConnected();
  Subscribe(1, "a");
  const std::uint64_t first = sent.at("subscribe a");
  BOOST_TEST(Unsubscribe(1) == "unsubscribe a");
  BOOST_TEST(Subscribe(2, "a") == "subscribe a");
  // The first answer belongs to the subscription that is over.
  BOOST_TEST(Event(ReplyEvent{first, SubscribeReply{true, {9, "e"}, Recovery::kNotAsked, {}}}) == "");
  BOOST_TEST(Arrives("a", 1, 1) == "");
  BOOST_TEST(Accept("subscribe a", 1) == "");
  BOOST_TEST(Arrives("a", 2, 2) == "to 2: p2");
}

BOOST_AUTO_TEST_CASE(unsubscribing_while_waiting_to_try_again_ends_the_wait) {
  BeConnected();
  Subscribe(1, "a");
  Refuse("subscribe a", true);
  BOOST_TEST(Unsubscribe(1) == "");
  BOOST_TEST(Pass(1h) == "");
}

BOOST_AUTO_TEST_CASE(unsubscribing_without_a_connection_sends_nothing) {
  Subscribe(1, "a");
  BOOST_TEST(Unsubscribe(1) == "");
  Connect();
  BOOST_TEST(Connected() == "state connected");
}

BOOST_AUTO_TEST_CASE(L2_a_pause_unsubscribes_and_its_end_recovers) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  Arrives("a", 1, 1);
  BOOST_TEST(Pause(1) == "unsubscribe a");
  BOOST_TEST(Pause(1) == "");
  BOOST_TEST(Arrives("a", 2, 2) == "");
  BOOST_TEST(Pause(1, false) == "subscribe a from 1e");
  BOOST_TEST(Recover("subscribe a from 1e", {1, "e"}, {On("a", 2, 2), On("a", 3, 3)}) == "to 1: p2, p3");
}

BOOST_AUTO_TEST_CASE(L2_a_pause_lasts_over_a_reconnect) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  Arrives("a", 1, 1);
  Pause(1);
  Lost();
  Pass(200ms);
  BOOST_TEST(Connected() == "state connected");
  BOOST_TEST(Pause(1, false) == "subscribe a from 1e");
}

BOOST_AUTO_TEST_CASE(L2_a_pause_ends_while_there_is_no_connection) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  Pause(1);
  Lost();
  BOOST_TEST(Pause(1, false) == "");
  Pass(200ms);
  BOOST_TEST(Connected() == "state connected; subscribe a from 0e");
}

BOOST_AUTO_TEST_CASE(L2_a_pause_of_one_ends_for_all_once_nobody_is_behind_or_the_slow_one_has_gone) {
  BeConnected();
  Subscribe(1, "a");
  Subscribe(2, "a");
  Accept("subscribe a");
  Arrives("a", 1, 1);
  BOOST_TEST(Pause(1) == "unsubscribe a");
  BOOST_TEST(Pause(2) == "");
  BOOST_TEST(Pause(2, false) == "");
  BOOST_TEST(Subscribe(3, "a") == "");
  BOOST_TEST(Unsubscribe(1) == "subscribe a from 1e");
}

BOOST_AUTO_TEST_CASE(L2_a_pause_before_the_server_has_answered_gives_the_answer_up) {
  BeConnected();
  Subscribe(1, "a", Handled(1));
  BOOST_TEST(Pause(1) == "unsubscribe a");
  BOOST_TEST(Recover("subscribe a from 1e", {1, "e"}, {On("a", 2, 2)}) == "");
  BOOST_TEST(Pause(1, false) == "subscribe a from 1e");
}

BOOST_AUTO_TEST_CASE(L1_a_subscription_that_the_server_ended_is_made_again_if_it_says_so) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  Arrives("a", 1, 1);
  Pass(5s);
  BOOST_TEST(Ended("a", true) == "to 1: error 57; subscribe a from 1e");
  BOOST_TEST(Ended("a", true) == "");  // It is over already.
  BOOST_TEST(Recover("subscribe a from 1e", {1, "e"}, {On("a", 2, 2)}) == "to 1: p2");
}

BOOST_AUTO_TEST_CASE(D9_a_subscription_that_the_server_ended_for_good_is_told_and_stays_ended) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  BOOST_TEST(Ended("a", false) == "to 1: error 57");
  BOOST_TEST(Arrives("a", 1, 1) == "");
  BOOST_TEST(Pass(1h) == "");
  BOOST_TEST(Unsubscribe(1) == "");
  BOOST_TEST(Ended("b", true) == "");
}

BOOST_AUTO_TEST_CASE(D10_a_subscription_that_ends_again_at_once_is_not_made_in_a_hot_loop) {
  BeConnected();
  Subscribe(1, "a");
  Accept("subscribe a");
  // The first time may be chance.
  BOOST_TEST(Ended("a", true) == "to 1: error 57; subscribe a from 0e");
  for (int i = 0; i < 3; ++i) {
    random = std::uint64_t{200} << i;
    Recover("subscribe a from 0e", {0, "e"});
    BOOST_TEST(Ended("a", true) == "to 1: error 57");
    BOOST_TEST(ToNextWork().count() == 200 + (200 << i));
    BOOST_TEST(Pass(ToNextWork()) == "subscribe a from 0e");
  }
  Recover("subscribe a from 0e", {0, "e"});
  Pass(5s);
  BOOST_TEST(Ended("a", true) == "to 1: error 57; subscribe a from 0e");
}

BOOST_AUTO_TEST_CASE(R2_an_open_gap_closes_after_the_patience) {
  BeConnected();
  Subscribe(1, "a", Handled(5), false, 30s);
  BOOST_TEST(Reply("subscribe a from 5e", SubscribeReply{}) == "to 1: open p[6,?]");
  BOOST_TEST(Pass(29'999ms) == "");
  BOOST_TEST(Pass(1ms) == "to 1: none p");
  BOOST_TEST(Pass(1h) == "");
}

BOOST_AUTO_TEST_CASE(R2_an_open_gap_that_an_envelope_closed_needs_no_patience) {
  BeConnected();
  Subscribe(1, "a", Handled(5), false, 30s);
  Reply("subscribe a from 5e", SubscribeReply{});
  BOOST_TEST(Arrives("a", 8, 0) == "to 1: gap p[6,7], p8");
  BOOST_TEST(Pass(1h) == "");
}

BOOST_AUTO_TEST_CASE(R2_silence_counts_only_while_something_could_be_heard) {
  BeConnected();
  Subscribe(1, "a", Handled(5), false, 30s);
  Reply("subscribe a from 5e", SubscribeReply{});
  Pass(20s);
  Lost();
  random = 0;
  BOOST_TEST(Pass(1h) == "connect 3");
  Connected();
  BOOST_TEST(Refuse("subscribe a", true) == "to 1: error 53");
  Pass(200ms);
  BOOST_TEST(Reply("subscribe a", SubscribeReply{}) == "");
  BOOST_TEST(Pass(29'999ms) == "");
  BOOST_TEST(Pass(1ms) == "to 1: none p");
}

BOOST_AUTO_TEST_CASE(R2_a_gap_that_opens_later_gets_its_whole_patience) {
  BeConnected();
  ConsumerState handled = Handled(5);
  Subscribe(1, "a", handled, false, 30s);
  Reply("subscribe a from 5e", SubscribeReply{});
  Pass(20s);
  Event(PublicationEvent{Name("a"), {EncodeEnvelope(test::MakeEnvelope(1, "q", "data", Name("a"))), 0}});
  Ended("a", true);
  BOOST_TEST(Reply("subscribe a", SubscribeReply{}) == "to 1: open q[2,?]");
  BOOST_TEST(Pass(29'999ms) == "");
  BOOST_TEST(Pass(1ms) == "to 1: none p, none q");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
