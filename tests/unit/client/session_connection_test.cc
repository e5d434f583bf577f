#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <limits>
#include <string>

#include "tests/unit/client/session_fixture.h"

namespace gapless::internal {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Error codes, as they appear in a conversation.
constexpr const char* kLostCode = "51";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_connection, test::SessionFixture)

BOOST_AUTO_TEST_CASE(L1_connects_and_says_so) {
  BOOST_TEST((Get().state() == ConnectionState::kIdle));
  BOOST_TEST(Connect() == "state connecting; connect 1");
  BOOST_TEST(Connect() == "");
  BOOST_TEST(Connected() == "state connected");
  BOOST_TEST(Connected() == "");
  BOOST_TEST(Connect() == "");
}

BOOST_AUTO_TEST_CASE(D9_a_lost_connection_is_told_and_made_again_after_a_delay) {
  Connect();
  Connected();
  BOOST_TEST(Lost() == std::string("state connecting; error ") + kLostCode);
  BOOST_TEST(ToNextWork().count() == 200);
  BOOST_TEST(Pass(199ms) == "");
  BOOST_TEST(Pass(1ms) == "connect 3");
  BOOST_TEST(Connected() == "state connected");
}

BOOST_AUTO_TEST_CASE(D9_delays_grow_with_each_failure_and_stay_in_their_bounds) {
  // The ceiling itself as the random number is the most jitter there is.
  const std::int64_t delays[] = {400, 600, 1'000, 1'800, 3'400, 6'600, 13'000, 20'000, 20'000, 20'000};
  std::int64_t ceiling = 200;
  Connect();
  for (const std::int64_t delay : delays) {
    random = static_cast<std::uint64_t>(std::min<std::int64_t>(ceiling, 20'000));
    Lost();
    BOOST_TEST(ToNextWork().count() == delay);
    Pass(ToNextWork());
    ceiling *= 2;
  }
}

BOOST_AUTO_TEST_CASE(D10_a_connection_that_dies_at_once_does_not_start_the_delays_over) {
  Connect();
  for (int i = 0; i < 3; ++i) {
    random = std::uint64_t{200} << i;
    Connected();
    Pass(4'999ms);
    Lost();
    BOOST_TEST(ToNextWork().count() == 200 + (200 << i));
    Pass(ToNextWork());
  }
  Connected();
  Pass(5s);
  random = 200;
  Lost();
  BOOST_TEST(ToNextWork().count() == 400);
}

BOOST_AUTO_TEST_CASE(D9_a_terminal_error_stops_it_and_says_so_until_somebody_connects_again) {
  Connect();
  BOOST_TEST(Lost(false) == std::string("state failed; error ") + kLostCode);
  BOOST_TEST(ToNextWork().count() == -1);
  BOOST_TEST(Pass(1h) == "");
  BOOST_TEST(Connect().starts_with("state connecting; connect "));
}

BOOST_AUTO_TEST_CASE(events_of_a_connection_that_was_given_up_mean_nothing) {
  Connect();
  Connected();
  Subscribe(1, "a");
  Accept("subscribe a");
  const std::uint64_t old = connection;
  Lost();
  BOOST_TEST(Event(ConnectedEvent{"c"}, old) == "");
  BOOST_TEST(Event(DisconnectedEvent{Error(Errc::kConnectionLost, "again"), false}, old) == "");
  BOOST_TEST(Event(PublicationEvent{Name("a"), On("a", 1, 1)}, old) == "");
  Pass(200ms);
  BOOST_TEST(connection != old);
  BOOST_TEST(Event(DisconnectedEvent{Error(Errc::kConnectionLost, "again"), false}, old) == "");
  BOOST_TEST(Connected() == "state connected; subscribe a from 0e");
}

BOOST_AUTO_TEST_CASE(L1_a_server_that_leaves_a_request_unanswered_is_left) {
  Connect();
  Connected();
  Subscribe(1, "a");
  Pass(3s);
  Publish("b", 1);
  BOOST_TEST(Pass(6'999ms) == "");
  BOOST_TEST(Pass(1ms) == "disconnect 1; state connecting; error 61");
  BOOST_TEST(Pass(200ms) == "connect 3");
  BOOST_TEST(Connected() == "state connected; subscribe a; publish b1");
}

BOOST_AUTO_TEST_CASE(L1_an_unanswered_publish_alone_is_noticed_too) {
  Connect();
  Connected();
  Publish("a", 1);
  Pass(9s);
  Publish("a", 2);
  Reply("publish a1", PublishReply{});
  BOOST_TEST(Pass(1s) == "");
  BOOST_TEST(Pass(8'999ms) == "");
  BOOST_TEST(Pass(1ms) == "disconnect 1; state connecting; error 61");
}

BOOST_AUTO_TEST_CASE(L4_closing_ends_everything) {
  Connect();
  Connected();
  Subscribe(1, "a");
  Accept("subscribe a");
  AskHistory(7, "a");
  Publish("a", 1);
  Publish("a", 2, true);
  BOOST_TEST(Close() == "disconnect 1; answer 7 error 63; state closed");
  BOOST_REQUIRE(left.size() == 1u);
  BOOST_TEST(*left[0].bytes == "a1");
  BOOST_TEST(Pass(1h) == "");
  BOOST_TEST(Arrives("a", 1, 1) == "");
  BOOST_TEST(Close() == "");
}

BOOST_AUTO_TEST_CASE(D14_what_was_closed_can_be_opened_again) {
  Connect();
  Connected();
  Subscribe(1, "a");
  Publish("a", 2, true);
  Close();
  BOOST_TEST(Connect().starts_with("state connecting; connect "));
  BOOST_TEST(Connected() == "state connected; publish a2");
}

BOOST_AUTO_TEST_CASE(closing_between_two_attempts_has_nothing_to_disconnect) {
  Connect();
  Lost();
  BOOST_TEST(Close() == "state closed");
  BOOST_TEST(Pass(1h) == "");
}

BOOST_AUTO_TEST_CASE(closing_what_never_connected_closes_it) { BOOST_TEST(Close() == "state closed"); }

BOOST_AUTO_TEST_CASE(R5_a_warning_is_passed_on_and_ends_nothing) {
  Connect();
  Connected();
  BOOST_TEST(Event(WarningEvent{Error(Errc::kMalformed, "garbage")}) == "error 20");
  BOOST_TEST((Get().state() == ConnectionState::kConnected));
}

BOOST_AUTO_TEST_CASE(time_outs_beyond_the_clock_mean_never) {
  options = {{200ms, milliseconds::max(), milliseconds::max()}, milliseconds::max(), 512};
  Connect();
  Connected();
  Subscribe(1, "a", {}, false, milliseconds::max());
  random = std::numeric_limits<std::uint64_t>::max() / 2;
  BOOST_TEST(Pass(24h) == "");
  Lost();
  BOOST_TEST(ToNextWork().count() > 0);
}

BOOST_AUTO_TEST_CASE(L1_queries_are_answered_over_a_reconnect) {
  AskHistory(1, "a");
  Connect();
  BOOST_TEST(Connected() == "state connected; history a");
  BOOST_TEST(AskPresence(2, "a") == "presence a");
  Lost();
  Pass(200ms);
  BOOST_TEST(Connected() == "state connected; history a; presence a");
  BOOST_TEST(Reply("history a", HistoryReply{}) == "answer 1 history");
  BOOST_TEST(Reply("presence a", PresenceReply{}) == "answer 2 presence");
  BOOST_TEST(Reply("presence a", PresenceReply{}) == "");
}

BOOST_AUTO_TEST_CASE(C28_a_call_waits_for_the_connection_and_is_not_made_twice) {
  Ask(1, RpcRequest{"sum", "1"});
  Ask(2, PresenceStatsRequest{Name("a")});
  Connect();
  BOOST_TEST(Connected() == "state connected; call sum; stats a");
  BOOST_TEST(Reply("call sum", RpcReply{"3"}) == "answer 1 3");
  BOOST_TEST(Ask(3, RpcRequest{"sum", "2"}) == "call sum");
  BOOST_TEST(Lost() == "answer 3 error 62; state connecting; error 51");
  Pass(200ms);
  BOOST_TEST(Connected() == "state connected; stats a");
  BOOST_TEST(Reply("stats a", PresenceStatsReply{{2, 1}}) == "answer 2 stats");
}

BOOST_AUTO_TEST_CASE(a_message_to_the_server_is_not_waited_for) {
  Connect();
  BOOST_TEST(SendMessage("1") == "error 51");
  Connected();
  BOOST_TEST(SendMessage("1") == "send 1");
  BOOST_TEST(Pass(1h) == "");
  BOOST_TEST(Event(MessageEvent{"2"}) == "message 2");
}

BOOST_AUTO_TEST_CASE(a_query_may_be_refused_or_cancelled) {
  Connect();
  Connected();
  AskHistory(1, "a");
  BOOST_TEST(Refuse("history a", true, Errc::kPermissionDenied) == "answer 1 error 54");
  AskPresence(2, "a");
  Get().CancelQuery(2);
  BOOST_TEST(Reply("presence a", PresenceReply{}) == "");
}

BOOST_AUTO_TEST_CASE(R5_answers_of_another_kind_than_asked_for_are_errors_and_leave_nobody_waiting) {
  Connect();
  Connected();
  AskHistory(1, "q");
  BOOST_TEST(Reply("history q", PublishReply{}) == "answer 1 error 52");
  AskPresence(2, "q");
  BOOST_TEST(Reply("presence q", HistoryReply{}) == "answer 2 error 52");
  Subscribe(1, "a");
  BOOST_TEST(Reply("subscribe a", PublishReply{}) == "to 1: error 52");
  Subscribe(2, "b");
  Accept("subscribe b");
  Arrives("b", 1, 1);
  BOOST_TEST(Arrives("b", 3, 3) == "history b since 1e");
  BOOST_TEST(Reply("history b since 1e", UnsubscribeReply{}) == "to 2: error 52, gap p[2,2], p3");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
