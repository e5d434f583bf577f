#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "tests/unit/client/session_fixture.h"

namespace gapless::internal {
namespace {

using namespace std::chrono_literals;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_publishes, test::SessionFixture)

BOOST_AUTO_TEST_CASE(P4_what_was_accepted_before_the_connection_leaves_with_it) {
  BOOST_TEST(Publish("a", 1) == "");
  Publish("a", 2);
  Subscribe(1, "b");
  Connect();
  BOOST_TEST(Connected() == "state connected; subscribe b; publish a1; publish a2");
  BOOST_TEST(Get().has_unacknowledged());
  BOOST_TEST(Reply("publish a1", PublishReply{Position{1, "e"}}) == "done a1");
  BOOST_TEST(Reply("publish a2", PublishReply{}) == "done a2");
  BOOST_TEST(!Get().has_unacknowledged());
}

BOOST_AUTO_TEST_CASE(P4_after_a_loss_everything_without_an_answer_is_sent_again_in_order) {
  Connect();
  Connected();
  for (int i = 1; i <= 4; ++i) Publish("a", i);
  Reply("publish a2", PublishReply{});
  Lost();
  BOOST_TEST(Publish("a", 5) == "");
  Pass(200ms);
  BOOST_TEST(Connected() == "state connected; publish a1; publish a3; publish a4; publish a5");
  BOOST_TEST(Get().pump().resent() == 3u);
}

BOOST_AUTO_TEST_CASE(P6_who_learns_that_a_publish_was_refused_finds_the_stream_stopped) {
  options.reconcile_as = "p";
  Connect();
  Connected();
  BOOST_TEST(Publish("a", 1, false, true) == "history a");
  BOOST_TEST(Reply("history a", HistoryReply{{On("a", 5, 5)}, {5, "e"}}) == "history a since 5e");
  BOOST_TEST(Reply("history a since 5e", HistoryReply{{}, {5, "e"}}) == "stale a5; refused a1; error 45");
}

BOOST_AUTO_TEST_CASE(P5_an_acknowledgement_of_an_old_connection_counts_for_nothing) {
  Connect();
  Connected();
  Publish("a", 1);
  const std::uint64_t request = sent.at("publish a1");
  const std::uint64_t old = connection;
  Lost();
  BOOST_TEST(Event(ReplyEvent{request, PublishReply{}}, old) == "");
  Pass(200ms);
  BOOST_TEST(Connected() == "state connected; publish a1");
  BOOST_TEST(sent.at("publish a1") != request);
  BOOST_TEST(Event(ReplyEvent{request, PublishReply{}}) == "");
  BOOST_TEST(Reply("publish a1", PublishReply{}) == "done a1");
}

BOOST_AUTO_TEST_CASE(P4_a_publish_that_is_refused_for_now_stalls_its_channel_only) {
  Connect();
  Connected();
  Publish("a", 1);
  BOOST_TEST(Refuse("publish a1", true) == "");
  BOOST_TEST(Publish("a", 2) == "");
  BOOST_TEST(Publish("b", 1) == "publish b1");
  BOOST_TEST(ToNextWork().count() == 200);
  BOOST_TEST(Pass(200ms) == "publish a1; publish a2");
}

BOOST_AUTO_TEST_CASE(P5_a_publish_that_is_refused_for_good_is_told_and_the_next_goes_on) {
  Connect();
  Connected();
  Publish("a", 1);
  BOOST_TEST(Refuse("publish a1", false, Errc::kPermissionDenied) == "refused a1");
  BOOST_TEST(Publish("a", 2) == "publish a2");
}

BOOST_AUTO_TEST_CASE(L2_no_more_are_under_way_than_the_window_allows) {
  options.max_in_flight = 2;
  Connect();
  Connected();
  BOOST_TEST(Publish("a", 1) == "publish a1");
  BOOST_TEST(Publish("a", 2) == "publish a2");
  BOOST_TEST(Publish("a", 3) == "");
  BOOST_TEST(Reply("publish a1", PublishReply{}) == "done a1; publish a3");
}

BOOST_AUTO_TEST_CASE(P5_closing_hands_back_what_no_outbox_holds_and_keeps_the_rest) {
  Publish("a", 1);
  Publish("b", 1, true);
  Connect();
  Connected();
  Publish("a", 2);
  Refuse("publish a1", true);
  Close();
  BOOST_REQUIRE(left.size() == 2u);
  BOOST_TEST(*left[0].bytes == "a1");
  BOOST_TEST(*left[1].bytes == "a2");
  Connect();
  BOOST_TEST(Connected() == "state connected; publish b1");
}

BOOST_AUTO_TEST_CASE(P4_the_pause_that_a_server_wants_between_publishes_is_kept) {
  Connect();
  Connected();
  Subscribe(1, "a");
  Reply("subscribe a", SubscribeReply{true, {0, "e"}, Recovery::kNotAsked, {}, 500ms});
  const std::string first = Publish("a", 1);
  BOOST_TEST(first != "");
  BOOST_TEST(Publish("a", 2) == "");
  Reply(first, PublishReply{});
  BOOST_TEST(Pass(499ms) == "");
  BOOST_TEST(Pass(1ms) != "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
