#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/transport/connection_talk.h"

namespace gapless::centrifuge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Log = std::vector<std::string>;
using Cause = net::WebSocketEnd::Cause;

using test::kConnectFrame;
using test::kNothing;
using test::kWelcome;
using test::Publish;
using test::Talk;

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_connection)

BOOST_AUTO_TEST_CASE(C1_ConnectCommandComesFirstAndIdsGrow) {
  Talk talk;
  BOOST_TEST(talk.AskOne(90, PresenceRequest{"early"}) == kNothing);
  BOOST_TEST(talk.Open() == Log{kConnectFrame});
  BOOST_TEST(talk.Sent() == kNothing);
  BOOST_TEST((talk.Hear(kWelcome) == Log{"connected c-1", R"(-> {"id":2,"presence":{"channel":"early"}})"}));
  BOOST_TEST(talk.Sent() == kNothing);
  BOOST_TEST(talk.AskOne(91, UnsubscribeRequest{"c"}) == Log{R"(-> {"id":3,"unsubscribe":{"channel":"c"}})"});
}

BOOST_AUTO_TEST_CASE(EachRequestGetsTheReplyOfItsKindUnderTheClientsId) {
  Talk talk;
  talk.Connected();
  talk.AskOne(100, SubscribeRequest{"c", std::nullopt});
  talk.Sent();
  talk.Ask({});
  std::vector<TransportRequest> requests;
  requests.push_back({101, Publish("1")});
  requests.push_back({102, HistoryRequest{"c", 2, std::nullopt, false}});
  requests.push_back({103, PresenceRequest{"c"}});
  requests.push_back({104, UnsubscribeRequest{"c"}});
  BOOST_TEST(talk.Ask(std::move(requests)).size() == 1);
  // Out of order, over several frames, with pushes between.
  BOOST_TEST((talk.Hear(R"({"id":6,"unsubscribe":{}})"
                        "\n"
                        R"({"id":3,"publish":{}})") == Log{"104 unsubscribed", "101 published"}));
  BOOST_TEST(
      (talk.Hear(
           R"({"push":{"channel":"c","pub":{"data":{"x":1},"offset":7}}})"
           "\n\n"
           R"({"id":4,"history":{"publications":[{"data":1,"offset":6},{"data":2,"offset":7}],"epoch":"e","offset":7}})"
           "\n"
           R"({"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":5}})"
           "\n"
           R"({"id":5,"presence":{"presence":{"x":{"user":"u","client":"x"}}}})") ==
       Log{R"(pub c 7:{"x":1})", "102 history 7@e 6:1 7:2", "100 subscribed 5@e recoverable", "103 presence x/u"}));
}

BOOST_AUTO_TEST_CASE(RecoveryReportsThePositionThatWasAskedFrom) {
  const struct {
    const char* result;
    const char* expected;
  } cases[] = {
      {R"("recoverable":true,"epoch":"e","offset":5,"was_recovering":true,"recovered":true,"publications":[{"data":1,"offset":6},{"data":2,"offset":7}])",
       "9 subscribed 5@e recoverable recovered 6:1 7:2"},
      {R"("recoverable":true,"epoch":"e","offset":5,"was_recovering":true,"recovered":true)",
       "9 subscribed 5@e recoverable recovered"},
      // A server that tells the top instead of the position asked from.
      {R"("recoverable":true,"epoch":"e","offset":7,"recovered":true,"publications":[{"data":1,"offset":6},{"data":2,"offset":7}])",
       "9 subscribed 5@e recoverable recovered 6:1 7:2"},
      {R"("recoverable":true,"epoch":"f","offset":90,"was_recovering":true)",
       "9 subscribed 90@f recoverable not-recovered"},
      {R"("was_recovering":true)", "9 subscribed 0@ not-recovered"},
      {"", "9 subscribed 0@ not-recovered"},
  };
  for (const auto& [result, expected] : cases) {
    Talk talk;
    talk.Connected();
    talk.AskOne(9, SubscribeRequest{"c", Position{5, "e"}});
    BOOST_TEST(talk.Hear("{\"id\":2,\"subscribe\":{" + std::string(result) + "}}") == Log{expected});
  }
}

BOOST_AUTO_TEST_CASE(RecoveryThatWasNotAskedForIsNotReported) {
  Talk talk;
  talk.Connected();
  talk.AskOne(9, SubscribeRequest{"c", std::nullopt});
  BOOST_TEST(talk.Hear(R"({"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":5,"was_recovering":true}})") ==
             Log{"9 subscribed 5@e recoverable"});
}

BOOST_AUTO_TEST_CASE(C4_EachPingGetsExactlyOnePong) {
  Talk talk;
  talk.Connected();
  BOOST_TEST(talk.Hear("{}") == Log{"-> {}"});
  // The socket is busy: pongs wait, and share the next frame with commands.
  BOOST_TEST(talk.Hear("{}\n{\"push\":{\"message\":{}}}\n{}").size() == 1);
  BOOST_TEST(talk.AskOne(5, PresenceRequest{"c"}) == kNothing);
  BOOST_TEST(talk.Sent() == Log{"-> {}\n{}\n{\"id\":2,\"presence\":{\"channel\":\"c\"}}"});
  BOOST_TEST(talk.Sent() == kNothing);
}

BOOST_AUTO_TEST_CASE(C4_NoPongIsSentToAServerThatWantsNone) {
  for (const char* welcome :
       {R"({"id":1,"connect":{"client":"c-1","ping":25}})", R"({"id":1,"connect":{"client":"c-1"}})"}) {
    Talk talk;
    BOOST_TEST(talk.Connected(welcome).Hear("{}") == kNothing);
  }
}

BOOST_AUTO_TEST_CASE(C5_SilenceBeyondThePingIntervalEndsTheConnection) {
  Talk talk;
  talk.options.max_ping_delay = milliseconds{500};
  talk.Connected(R"({"id":1,"connect":{"client":"c-1","ping":1}})");
  BOOST_TEST(talk.After(milliseconds{1'200}) == kNothing);
  BOOST_TEST(talk.Hear(R"({"push":{"channel":"c","pub":{"data":1}}})") == Log{"pub c 0:1"});
  BOOST_TEST(talk.After(milliseconds{1'499}) == kNothing);
  // Blank lines are no sign of life.
  BOOST_TEST(talk.Hear("\n\n") == kNothing);
  BOOST_TEST((talk.After(milliseconds{1}) == Log{"disconnected 51 reconnect", "hang up abruptly"}));
  BOOST_TEST((talk.connection->NextDeadline() == std::nullopt));
}

BOOST_AUTO_TEST_CASE(C5_ServerWithoutPingsMayBeSilentForEver) {
  Talk talk;
  talk.Connected(R"({"id":1,"connect":{"client":"c-1"}})");
  BOOST_TEST((talk.connection->NextDeadline() == std::nullopt));
  BOOST_TEST(talk.After(std::chrono::hours{1'000}) == kNothing);
}

BOOST_AUTO_TEST_CASE(TimerThatWasHeldUpLetsTheSocketSpeakFirst) {
  Talk talk;
  talk.Connected();
  BOOST_TEST(talk.After(seconds{3'600}) == kNothing);
  BOOST_TEST(talk.Hear("{}") == Log{"-> {}"});
  BOOST_TEST(talk.After(seconds{34}) == kNothing);
  BOOST_TEST(talk.After(seconds{3'600}) == kNothing);
  BOOST_TEST_REQUIRE((talk.connection->NextDeadline() == talk.now + seconds{1}));
  BOOST_TEST((talk.After(seconds{1}) == Log{"disconnected 51 reconnect", "hang up abruptly"}));
}

BOOST_AUTO_TEST_CASE(AbsurdPingIntervalsAreSurvived) {
  Talk talk;
  talk.Connected(R"({"id":1,"connect":{"client":"c-1","ping":4294967295}})");
  BOOST_TEST_REQUIRE(talk.connection->NextDeadline().has_value());
  BOOST_TEST((*talk.connection->NextDeadline() > talk.now));
}

BOOST_AUTO_TEST_CASE(C9_ConnectTimeoutCountsFromTheStartOfTheAttempt) {
  const Log expected{"disconnected 61 reconnect", "hang up abruptly"};
  Talk opening;
  opening.Start();
  BOOST_TEST((opening.connection->NextDeadline() == opening.now + seconds{10}));
  BOOST_TEST(opening.After(milliseconds{9'999}) == kNothing);
  BOOST_TEST(opening.After(milliseconds{1}) == expected);

  Talk greeting;
  greeting.Start();
  greeting.After(seconds{6});
  greeting.Open();
  greeting.Sent();
  BOOST_TEST(greeting.Hear("{}\n") == kNothing);
  BOOST_TEST(greeting.After(milliseconds{3'999}) == kNothing);
  BOOST_TEST(greeting.After(milliseconds{1}) == expected);
}

BOOST_AUTO_TEST_CASE(C8_ConnectErrorsHangUpAndReconnectByTheirCode) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"code":100,"message":"internal server error","temporary":true})", "disconnected 53/100 reconnect"},
      {R"({"code":103,"message":"permission denied"})", "disconnected 54/103 stop"},
      {R"({"code":109,"message":"token expired"})", "disconnected 55/109 stop"},
      {R"({"code":1500,"message":"own"})", "disconnected 53/1500 stop"},
      {R"({})", "disconnected 53 reconnect"},
  };
  for (const auto& [error, expected] : cases) {
    Talk talk;
    talk.Open();
    BOOST_TEST((talk.Hear("{\"id\":1,\"error\":" + std::string(error) + "}") == Log{expected, "hang up"}));
    BOOST_TEST(talk.Hear(kWelcome) == kNothing);
  }
}

BOOST_AUTO_TEST_CASE(ConnectionEndsAsTheSocketDoes) {
  const std::pair<net::WebSocketEnd, const char*> cases[] = {
      {{Cause::kConnectFailed, 0, {}, "refused"}, "disconnected 50 reconnect"},
      {{Cause::kLost, 0, {}, {}}, "disconnected 51 reconnect"},
      {{Cause::kMessageTooLarge, 0, {}, {}}, "disconnected 9 reconnect"},
      {{Cause::kPeerViolation, 0, {}, {}}, "disconnected 52 reconnect"},
      {{Cause::kClosedByPeer, 1000, {}, {}}, "disconnected 51/1000 reconnect"},
      {{Cause::kClosedByPeer, 1009, {}, {}}, "disconnected 9/1009 stop"},
      {{Cause::kClosedByPeer, 3001, "shutdown", {}}, "disconnected 51/3001 reconnect"},
      {{Cause::kClosedByPeer, 3008, "slow", {}}, "disconnected 58/3008 reconnect"},
      {{Cause::kClosedByPeer, 3014, {}, {}}, "disconnected 51/3014 reconnect"},
      {{Cause::kClosedByPeer, 3500, "invalid token", {}}, "disconnected 55/3500 stop"},
      {{Cause::kClosedByPeer, 4000, {}, {}}, "disconnected 51/4000 reconnect"},
      {{Cause::kClosedByPeer, 4500, {}, {}}, "disconnected 53/4500 stop"},
  };
  for (const auto& [end, expected] : cases) {
    for (int stage = 0; stage < 3; ++stage) {
      Talk talk;
      if (stage > 0) talk.Open();
      if (stage > 1) talk.Hear(kWelcome);
      BOOST_TEST((talk.End(end) == Log{expected, "hang up abruptly"}));
      BOOST_TEST(talk.End(end) == kNothing);
    }
  }
}

BOOST_AUTO_TEST_CASE(NothingHappensOnceItIsOver) {
  Talk talk;
  talk.Connected();
  talk.AskOne(5, PresenceRequest{"c"});
  talk.End({});
  BOOST_TEST(talk.connection->over());
  BOOST_TEST(talk.Hear(R"({"id":2,"presence":{}})") == kNothing);
  BOOST_TEST(talk.Hear("garbage") == kNothing);
  BOOST_TEST(talk.Sent() == kNothing);
  BOOST_TEST(talk.Open() == kNothing);
  BOOST_TEST(talk.AskOne(6, PresenceRequest{"c"}) == kNothing);
  BOOST_TEST(talk.Overflow() == kNothing);
  BOOST_TEST(talk.After(std::chrono::hours{1}) == kNothing);
}

BOOST_AUTO_TEST_CASE(C14_UnsubscribePushesSayWhetherToComeBack) {
  Talk talk;
  talk.Connected();
  BOOST_TEST(talk.Hear(R"({"push":{"channel":"c","unsubscribe":{"code":2500,"reason":"insufficient state"}}})") ==
             Log{"ended c 57/2500 again"});
  BOOST_TEST(talk.Hear(R"({"push":{"channel":"c","unsubscribe":{"code":2000}}})") == Log{"ended c 53/2000"});
}

BOOST_AUTO_TEST_CASE(C33_WhatCameBeforeTheEndIsReportedBeforeIt) {
  Talk talk;
  talk.Connected();
  BOOST_TEST((talk.Hear(R"({"push":{"channel":"c","pub":{"data":1,"offset":1}}})"
                        "\n"
                        R"({"push":{"disconnect":{"code":3008,"reason":"slow"}}})"
                        "\n"
                        R"({"push":{"channel":"c","pub":{"data":2,"offset":2}}})") ==
              Log{"pub c 1:1", "disconnected 58/3008 reconnect", "hang up"}));
  Talk broken;
  broken.Connected();
  BOOST_TEST((broken.Hear("{\"push\":{\"channel\":\"c\",\"pub\":{\"data\":1,\"offset\":1}}}\n<html>") ==
              Log{"pub c 1:1", "disconnected 52 reconnect", "hang up abruptly"}));
  BOOST_TEST(broken.LastError().raw() == "<html>");
}

BOOST_AUTO_TEST_CASE(C15_RefusedUnsubscribeTakesANewConnection) {
  Talk talk;
  talk.Connected();
  talk.AskOne(5, UnsubscribeRequest{"c"});
  BOOST_TEST((talk.Hear(R"({"id":2,"error":{"code":103,"message":"permission denied"}})") ==
              Log{"5 refused 54/103", "disconnected 53/103 reconnect", "hang up"}));
}

BOOST_AUTO_TEST_CASE(RefusalsKeepTheServersNumberAndTheChannel) {
  Talk talk;
  talk.Connected();
  std::vector<TransportRequest> requests;
  requests.push_back({5, Publish("1")});
  requests.push_back({6, SubscribeRequest{"c", Position{1, "e"}}});
  requests.push_back({7, HistoryRequest{"c", 1, std::nullopt, false}});
  talk.Ask(std::move(requests));
  BOOST_TEST((talk.Hear(R"({"id":2,"error":{"code":111,"message":"too many requests","temporary":true}})"
                        "\n"
                        R"({"id":3,"error":{"code":112}})"
                        "\n"
                        R"({"id":4,"error":{"code":108}})") ==
              Log{"5 refused 53/111 temporary", "6 refused 57/112", "7 refused 56/108"}));
}

BOOST_AUTO_TEST_CASE(RepliesToNothingAreReportedAndHarmless) {
  Talk talk;
  talk.Connected();
  talk.AskOne(5, Publish("1"));
  BOOST_TEST(talk.Hear(R"({"id":99,"publish":{}})") == Log{"warning 52"});
  BOOST_TEST(talk.Hear(R"({"id":2,"publish":{}})") == Log{"5 published"});
  BOOST_TEST(talk.Hear(R"({"id":2,"publish":{}})") == Log{"warning 52"});
  BOOST_TEST(talk.Hear(kWelcome) == Log{"warning 52"});
  BOOST_TEST(!talk.connection->over());
}

BOOST_AUTO_TEST_CASE(ReplyOfAnotherKindEndsTheConnection) {
  for (const char* reply : {R"({"id":2,"history":{}})", R"({"id":2,"connect":{}})", R"({"id":2,"publish":7})",
                            R"({"id":2})", R"({"id":2,"rpc":{}})"}) {
    Talk talk;
    talk.Connected();
    talk.AskOne(5, Publish("1"));
    BOOST_TEST((talk.Hear(reply) == Log{"disconnected 52 reconnect", "hang up abruptly"}));
  }
  for (const char* reply : {R"({"id":1,"publish":{}})", R"({"id":1,"connect":[]})"}) {
    Talk talk;
    talk.Open();
    BOOST_TEST((talk.Hear(reply) == Log{"disconnected 52 reconnect", "hang up abruptly"}));
  }
}

BOOST_AUTO_TEST_CASE(C3_UnusablePushesAreReportedWithTheirBytes) {
  Talk talk;
  talk.Connected();
  const std::string bad = R"({"push":{"channel":"c","pub":{"data":1,"offset":-1}}})";
  BOOST_TEST((talk.Hear(bad + "\n{}") == Log{"warning 52", "-> {}"}));
  BOOST_TEST(talk.LastError().raw() == bad);
  BOOST_TEST(talk.Hear(R"({"push":{"pub":{"data":1}}})") == Log{"warning 52"});
  BOOST_TEST(talk.Hear(R"({"push":{"unsubscribe":{"code":2500}}})") == Log{"warning 52"});
  BOOST_TEST(talk.Hear(R"({"push":{"id":0,"pub":{"data":1}}})") == Log{"warning 52"});
  BOOST_TEST(talk.Hear(R"({"what":"ever"})") == Log{"warning 52"});
}

BOOST_AUTO_TEST_CASE(PushesThatAreNotForUsAreToldOnceOfEachKind) {
  Talk talk;
  talk.Connected();
  BOOST_TEST(talk.Hear(R"({"push":{"refresh":{"ttl":5}}})") == kNothing);
  for (const char* told : {R"({"push":{"brand_new":{}}})", R"({"push":{}})"}) {
    BOOST_TEST(talk.Hear(told) == Log{"warning 56"});
    BOOST_TEST(talk.Hear(told) == kNothing);
  }
  for (int i = 0; i < 10'000; ++i) talk.Hear("{\"push\":{\"kind-" + std::to_string(i) + "\":{}}}");
  BOOST_TEST(!talk.connection->over());
}

BOOST_AUTO_TEST_CASE(L2_EndlessNonsenseEndsTheConnection) {
  Talk talk;
  talk.Connected();
  Log last;
  for (int i = 0; i < 2'000 && !talk.connection->over(); ++i) last = talk.Hear(R"({"id":99,"publish":{}})");
  BOOST_TEST((last == Log{"warning 52", "disconnected 52 reconnect", "hang up abruptly"}));
}

BOOST_AUTO_TEST_CASE(RequestsShareFramesWhileTheSocketIsBusyAndALoneOneGoesAtOnce) {
  Talk talk;
  talk.Connected();
  BOOST_TEST(talk.AskOne(1, Publish("1")).size() == 1);
  for (std::uint64_t id = 2; id <= 4; ++id) BOOST_TEST(talk.AskOne(id, Publish(std::to_string(id))) == kNothing);
  BOOST_TEST(talk.Sent() == Log{"-> {\"id\":3,\"publish\":{\"channel\":\"c\",\"data\":2}}\n"
                                "{\"id\":4,\"publish\":{\"channel\":\"c\",\"data\":3}}\n"
                                "{\"id\":5,\"publish\":{\"channel\":\"c\",\"data\":4}}"});
  BOOST_TEST(talk.Sent() == kNothing);
  BOOST_TEST(talk.AskOne(5, Publish("5")).size() == 1);
}

BOOST_AUTO_TEST_CASE(C29_FramesStayBelowTheLimit) {
  Talk talk;
  talk.options.max_frame_bytes = 300;
  talk.Connected();
  std::vector<TransportRequest> requests;
  for (std::uint64_t id = 1; id <= 20; ++id) {
    requests.push_back({id, Publish("\"" + std::string(id * 9, 'x') + "\"")});
  }
  Log frames = talk.Ask(std::move(requests));
  for (;;) {
    const Log next = talk.Sent();
    if (next.empty()) break;
    frames.insert(frames.end(), next.begin(), next.end());
  }
  std::size_t commands = 0;
  for (const std::string& frame : frames) {
    BOOST_TEST_REQUIRE(frame.starts_with("-> "));
    BOOST_TEST(frame.size() - 3 <= 300U);
    commands += static_cast<std::size_t>(std::count(frame.begin(), frame.end(), '\n')) + 1;
  }
  BOOST_TEST(commands == 20U);
  BOOST_TEST(frames.size() < 20U);
}

BOOST_AUTO_TEST_CASE(RequestAboveTheFrameLimitIsRefusedAndOthersPass) {
  Talk talk;
  talk.options.max_frame_bytes = 100;
  talk.Connected();
  std::vector<TransportRequest> requests;
  requests.push_back({1, Publish("1")});
  requests.push_back({2, Publish("\"" + std::string(100, 'x') + "\"")});
  requests.push_back({3, Publish("3")});
  BOOST_TEST(talk.Ask(std::move(requests)) == Log{R"(-> {"id":2,"publish":{"channel":"c","data":1}})"});
  BOOST_TEST((talk.Sent() == Log{"2 refused 9", R"(-> {"id":3,"publish":{"channel":"c","data":3}})"}));
  BOOST_TEST((talk.Hear("{\"id\":3,\"publish\":{}}\n{\"id\":2,\"publish\":{}}") == Log{"3 published", "1 published"}));
}

BOOST_AUTO_TEST_CASE(L2_ServerThatAnswersNothingIsGivenABoundedAmount) {
  Talk talk;
  talk.Connected();
  const auto data = std::make_shared<const std::string>("\"" + std::string(60'000, 'x') + "\"");
  std::vector<TransportRequest> requests;
  for (std::uint64_t id = 1; id <= 500; ++id) requests.push_back({id, PublishRequest{"c", data}});
  std::size_t sent = talk.Ask(std::move(requests)).size();
  while (!talk.Sent().empty()) ++sent;
  BOOST_TEST(sent * 60'000 <= 4U * 1024 * 1024 + 65'536);
  BOOST_TEST(sent > 10U);
  // Answers make room for as much again.
  BOOST_TEST((talk.Hear("{\"id\":2,\"publish\":{}}").size() == 2));
}

BOOST_AUTO_TEST_CASE(SlowClientLosesTheConnectionAndComesBack) {
  Talk talk;
  talk.Connected();
  BOOST_TEST((talk.Overflow() == Log{"disconnected 58 reconnect", "hang up abruptly"}));
}

BOOST_AUTO_TEST_CASE(TokensStayOutOfEveryReport) {
  for (int stage = 0; stage < 2; ++stage) {
    Talk talk;
    talk.options.connect.token = "SECRET";
    if (stage > 0) talk.Open();
    talk.After(std::chrono::hours{1});
    BOOST_TEST(std::string(talk.LastError().what()).find("SECRET") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge
