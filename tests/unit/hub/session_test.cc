#include "hub/server/session.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/hub.h"
#include "tests/unit/hub/session_talk.h"

using namespace gapless;
using namespace gapless::hub;
using namespace std::chrono_literals;
using gapless::test::Lines;
using gapless::test::Talk;

BOOST_AUTO_TEST_SUITE(session)

BOOST_AUTO_TEST_CASE(S2_S5_S9_conversations) {
  struct Turn {
    std::string frame;
    Lines answer;
  };
  struct Case {
    const char* name;
    std::vector<Turn> turns;
    std::uint16_t close_code = 0;
  };
  const std::string sub = R"({"id":2,"subscribe":{"channel":"c"}})";
  const std::string subscribed = R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"EPOCH"}})";
  const Case cases[] = {
      {"subscribe, then publish: the publication comes before the reply",
       {{sub, {subscribed}},
        {R"({"id":3,"publish":{"channel":"c","data":{"t":"yo"}}})",
         {R"({"push":{"channel":"c","pub":{"data":{"t":"yo"},"offset":1,"info":{"user":"","client":"CLIENT"}}}})",
          R"({"id":3,"publish":{}})"}}}},
      {"several commands in a frame, answered in order",
       {{sub + "\n" + R"({"id":3,"publish":{"channel":"c","data":1}})" + "\n" +
             R"({"id":4,"publish":{"channel":"d","data":2}})",
         {subscribed, R"({"push":{"channel":"c","pub":{"data":1,"offset":1,"info":{"user":"","client":"CLIENT"}}}})",
          R"({"id":3,"publish":{}})", R"({"id":4,"publish":{}})"}}}},
      {"two commands glued together: the second vanishes",
       {{sub + R"({"id":3,"publish":{"channel":"c","data":1}})", {subscribed}}}},
      {"publishing without subscribing",
       {{R"({"id":3,"publish":{"channel":"c","data":null}})", {R"({"id":3,"publish":{}})"}}}},
      {"publishing nothing",
       {{R"({"id":3,"publish":{"channel":"c"}})", {R"({"id":3,"error":{"code":107,"message":"bad request"}})"}}}},
      {"subscribing twice",
       {{sub, {subscribed}}, {sub, {R"({"id":2,"error":{"code":105,"message":"already subscribed"}})"}}}},
      {"a channel name that is not ASCII",
       {{R"({"id":2,"subscribe":{"channel":"caf\u00e9"}})",
         {R"({"id":2,"error":{"code":107,"message":"bad request"}})"}}}},
      {"unsubscribing, also what is not subscribed, and nothing more comes",
       {{sub, {subscribed}},
        {R"({"id":3,"unsubscribe":{"channel":"c"}})", {R"({"id":3,"unsubscribe":{}})"}},
        {R"({"id":4,"unsubscribe":{"channel":"c"}})", {R"({"id":4,"unsubscribe":{}})"}},
        {R"({"id":5,"publish":{"channel":"c","data":1}})", {R"({"id":5,"publish":{}})"}}}},
      {"recovery from the beginning",
       {{R"({"id":2,"publish":{"channel":"c","data":1}})", {R"({"id":2,"publish":{}})"}},
        {R"({"id":3,"subscribe":{"channel":"c","recover":true}})",
         {R"({"id":3,"subscribe":{"recoverable":true,"positioned":true,"epoch":"EPOCH","was_recovering":true,)"
          R"("recovered":true,"publications":[{"data":1,"offset":1,"info":{"user":"","client":"CLIENT"}}]}})"}},
        {R"({"id":4,"publish":{"channel":"c","data":2}})",
         {R"({"push":{"channel":"c","pub":{"data":2,"offset":2,"info":{"user":"","client":"CLIENT"}}}})",
          R"({"id":4,"publish":{}})"}}}},
      {"recovery refused, and with flag 2 as an error",
       {{R"({"id":2,"subscribe":{"channel":"c","recover":true,"offset":5,"flag":3}})",
         {R"({"id":2,"error":{"code":112,"message":"unrecoverable position"}})"}},
        {R"({"id":3,"subscribe":{"channel":"c","recover":true,"offset":5,"flag":1}})",
         {R"({"id":3,"subscribe":{"recoverable":true,"positioned":true,"epoch":"EPOCH","was_recovering":true}})"}}}},
      {"delta compression is not granted",
       {{R"({"id":2,"subscribe":{"channel":"c","delta":"fossil"}})", {subscribed}}}},
      {"history",
       {{R"({"id":2,"publish":{"channel":"c","data":1}})"
         "\n"
         R"({"id":3,"publish":{"channel":"c","data":2}})",
         {R"({"id":2,"publish":{}})", R"({"id":3,"publish":{}})"}},
        {R"({"id":4,"history":{"channel":"c"}})",
         {R"({"id":4,"history":{"publications":[],"epoch":"EPOCH","offset":2}})"}},
        {R"({"id":5,"history":{"channel":"c","limit":-1,"reverse":true}})",
         {R"({"id":5,"history":{"publications":[{"data":2,"offset":2,"info":{"user":"","client":"CLIENT"}},{"data":1,"offset":1,"info":{"user":"","client":"CLIENT"}}],"epoch":"EPOCH","offset":2}})"}},
        {R"({"id":6,"history":{"channel":"c","limit":5,"since":{"offset":1}}})",
         {R"({"id":6,"history":{"publications":[{"data":2,"offset":2,"info":{"user":"","client":"CLIENT"}}],"epoch":"EPOCH","offset":2}})"}},
        {R"({"id":7,"history":{"channel":"c","limit":5,"since":{"offset":1,"epoch":"x"}}})",
         {R"({"id":7,"error":{"code":112,"message":"unrecoverable position"}})"}},
        {R"({"id":8,"history":{"channel":"c","limit":5,"since":{},"reverse":true}})",
         {R"({"id":8,"error":{"code":107,"message":"bad request"}})"}}}},
      {"presence",
       {{R"({"id":2,"presence":{"channel":"c"}})", {R"({"id":2,"presence":{"presence":{}}})"}},
        {sub, {subscribed}},
        {R"({"id":3,"presence":{"channel":"c"}})",
         {R"({"id":3,"presence":{"presence":{"CLIENT":{"user":"","client":"CLIENT"}}}})"}},
        {R"({"id":4,"presence_stats":{"channel":"c"}})",
         {R"({"id":4,"presence_stats":{"num_clients":1,"num_users":1}})"}}}},
      {"what the hub does not have",
       {{R"({"id":2,"rpc":{"method":"x","data":1}})", {R"({"id":2,"error":{"code":108,"message":"not available"}})"}},
        {R"({"id":3,"refresh":{"token":"t"}})", {R"({"id":3,"error":{"code":108,"message":"not available"}})"}},
        {R"({"id":4,"sub_refresh":{"channel":"c","token":"t"}})",
         {R"({"id":4,"error":{"code":103,"message":"permission denied"}})"}},
        {sub, {subscribed}},
        {R"({"id":5,"sub_refresh":{"channel":"c","token":"t"}})",
         {R"({"id":5,"error":{"code":108,"message":"not available"}})"}},
        {R"({"id":6,"sub_refresh":{"channel":"c"}})", {R"({"id":6,"error":{"code":107,"message":"bad request"}})"}}}},
      {"commands before a blank line are still answered", {{sub + "\n\n" + sub, {subscribed}}, {sub, {}}}, 3501},
      {"garbage", {{"hello", {}}}, 3501},
      {"an empty frame", {{"", {}}}, 3501},
      {"connect again", {{R"({"id":2,"connect":{}})", {}}}, 3501},
      {"the ping command", {{R"({"id":2,"ping":{}})", {}}}, 3501},
      {"send", {{R"({"send":{"data":1}})", {}}}, 3508},
      {"send with an id", {{R"({"id":9,"send":{"data":1}})", {}}}, 3508},
      {"a pong without a ping", {{"{}", {}}}, 3501},
      {"a command without id", {{R"({"publish":{"channel":"c","data":1}})", {}}}, 3501},
      {"no channel to subscribe", {{R"({"id":2,"subscribe":{}})", {}}}, 3501},
      {"no channel to unsubscribe", {{R"({"id":2,"unsubscribe":{"channel":""}})", {}}}, 3501},
      {"no channel to publish on", {{R"({"id":2,"publish":{"data":1}})", {}}}, 3501},
      {"no channel to refresh", {{R"({"id":2,"sub_refresh":{"token":"t"}})", {}}}, 3501},
      {"a refresh without token", {{R"({"id":2,"refresh":{}})", {}}}, 3501},
      {"an unknown delta", {{R"({"id":2,"subscribe":{"channel":"c","delta":"x"}})", {}}}, 3501},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.name) {
      Talk talk;
      talk.Connect();
      for (const Turn& turn : one.turns) {
        const Lines answer = talk.Say(turn.frame);
        BOOST_TEST(answer == turn.answer, boost::test_tools::per_element());
      }
      BOOST_TEST(talk.CloseCode() == one.close_code);
    }
  }
}

BOOST_AUTO_TEST_CASE(S2_the_first_command_must_be_connect) {
  for (const char* frame : {R"({"id":1,"subscribe":{"channel":"c"}})", R"({"send":{"data":1}})", "{}",
                            R"({"connect":{}})", R"({"id":1,"ping":{}})"}) {
    Talk talk;
    BOOST_TEST(talk.Say(frame).empty());
    BOOST_TEST(talk.CloseCode() == 3501);
  }
}

BOOST_AUTO_TEST_CASE(subscribing_in_the_frame_of_the_connect_works) {
  Talk talk;
  const Lines answer = talk.Say(R"({"id":1,"connect":{"token":"t","name":"n"}})"
                                "\n"
                                R"({"id":2,"subscribe":{"channel":"c"}})");
  BOOST_TEST_REQUIRE(answer.size() == 2U);
  BOOST_TEST(answer[0] == R"({"id":1,"connect":{"client":"CLIENT","version":"gapless hub","ping":25,"pong":true}})");
}

BOOST_AUTO_TEST_CASE(S3_a_connection_that_does_not_connect_is_stale) {
  Talk talk({.connect_timeout = 10s});
  BOOST_TEST((talk.session->NextDeadline() == talk.now + 10s));
  talk.After(10s - 1ns);
  BOOST_TEST(talk.CloseCode() == 0);
  talk.After(1ns);
  BOOST_TEST(talk.CloseCode() == 3502);
  BOOST_TEST(!talk.session->NextDeadline().has_value());
}

BOOST_AUTO_TEST_CASE(S3_pings_come_at_their_interval_and_each_wants_one_pong) {
  Talk talk({.ping_interval = 20s, .pong_timeout = 5s});
  talk.Connect();
  BOOST_TEST((talk.session->NextDeadline() == talk.now + 10s));
  BOOST_TEST(talk.After(10s - 1ns).empty());
  BOOST_TEST(talk.After(1ns) == Lines{"{}"}, boost::test_tools::per_element());
  BOOST_TEST(talk.Say("{}").empty());
  BOOST_TEST(talk.CloseCode() == 0);
  BOOST_TEST(talk.After(20s) == Lines{"{}"}, boost::test_tools::per_element());
  // A pong may share a frame with commands.
  BOOST_TEST(talk.Say("{}\n"
                      R"({"id":3,"publish":{"channel":"c","data":1}})") == Lines{R"({"id":3,"publish":{}})"},
             boost::test_tools::per_element());
  talk.Say("{}");
  BOOST_TEST(talk.CloseCode() == 3501);
}

BOOST_AUTO_TEST_CASE(S3_a_missing_pong_closes_whatever_else_arrives) {
  Talk talk({.ping_interval = 20s, .pong_timeout = 5s});
  talk.Connect();
  talk.After(10s);
  talk.Say(R"({"id":3,"publish":{"channel":"c","data":1}})");
  BOOST_TEST((talk.session->NextDeadline() == talk.now + 5s));
  talk.After(5s - 1ns);
  BOOST_TEST(talk.CloseCode() == 0);
  talk.After(1ns);
  BOOST_TEST(talk.CloseCode() == 3012);
}

BOOST_AUTO_TEST_CASE(pings_closer_than_the_time_out_are_each_answered_and_each_overdue) {
  Talk talk({.ping_interval = 4s, .pong_timeout = 9s});
  talk.Connect();
  for (const Duration span : {2s, 4s, 4s})
    BOOST_TEST(talk.After(span) == Lines{"{}"}, boost::test_tools::per_element());
  talk.Say("{}\n{}");
  BOOST_TEST(talk.CloseCode() == 0);
  talk.After(9s - 1ns);
  BOOST_TEST(talk.CloseCode() == 0);
  talk.After(1ns);
  BOOST_TEST(talk.CloseCode() == 3012);
}

BOOST_AUTO_TEST_CASE(pings_and_pongs_can_be_switched_off) {
  Talk silent({.ping_interval = 0ms});
  BOOST_TEST(silent.Say(R"({"id":1,"connect":{}})").at(0).find("ping") == std::string::npos);
  BOOST_TEST(!silent.session->NextDeadline().has_value());
  Talk unanswered({.ping_interval = 20s, .pong_timeout = 0ms});
  BOOST_TEST(unanswered.Say(R"({"id":1,"connect":{}})").at(0).find("pong") == std::string::npos);
  BOOST_TEST(unanswered.After(10s).size() == 1U);
  BOOST_TEST(unanswered.After(20s).size() == 1U);
  BOOST_TEST(unanswered.CloseCode() == 0);
}

BOOST_AUTO_TEST_CASE(a_short_ping_interval_is_announced_as_a_second) {
  Talk talk({.ping_interval = 50ms});
  BOOST_TEST(talk.Say(R"({"id":1,"connect":{}})").at(0).find(R"("ping":1,)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(S5_a_reply_to_subscribe_precedes_what_was_published_before_it_could_be_written) {
  Talk talk;
  talk.Connect();
  talk.session->OnFrame(R"({"id":2,"subscribe":{"channel":"c"}})", talk.now);
  talk.hub->Publish("c", "1");
  BOOST_TEST(talk.Hear() == (Lines{R"({"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"EPOCH"}})",
                                   R"({"push":{"channel":"c","pub":{"data":1,"offset":1}}})"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_published_before_the_unsubscribe_comes_before_its_reply) {
  Talk talk;
  talk.Connect().Say(R"({"id":2,"subscribe":{"channel":"c"}})");
  talk.hub->Publish("c", "1");
  BOOST_TEST(talk.Say(R"({"id":3,"unsubscribe":{"channel":"c"}})") ==
                 (Lines{R"({"push":{"channel":"c","pub":{"data":1,"offset":1}}})", R"({"id":3,"unsubscribe":{}})"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_server_can_end_a_subscription) {
  Talk talk;
  talk.Connect().Say(R"({"id":2,"subscribe":{"channel":"c"}})");
  talk.hub->Publish("c", "1");
  BOOST_TEST(talk.session->EndSubscription("c", 2500, "try again"));
  BOOST_TEST(!talk.session->EndSubscription("c", 2500, "try again"));
  talk.hub->Publish("c", "2");
  BOOST_TEST(talk.Hear() == (Lines{R"({"push":{"channel":"c","pub":{"data":1,"offset":1}}})",
                                   R"({"push":{"channel":"c","unsubscribe":{"code":2500,"reason":"try again"}}})"}),
             boost::test_tools::per_element());
  BOOST_TEST(talk.hub->Presence("c").empty());
}

BOOST_AUTO_TEST_CASE(a_channel_that_was_forgotten_under_a_subscriber_is_insufficient_state) {
  Talk talk;
  talk.Connect().Say(R"({"id":2,"subscribe":{"channel":"c"}})"
                     "\n"
                     R"({"id":3,"subscribe":{"channel":"d"}})");
  talk.hub->Publish("c", "1");
  talk.hub->ForgetChannel("c");
  talk.hub->Publish("c", "2");
  talk.hub->Publish("d", "3");
  talk.hub->Publish("c", "4");
  BOOST_TEST(
      talk.Hear() == (Lines{R"({"push":{"channel":"c","pub":{"data":1,"offset":1}}})",
                            R"({"push":{"channel":"c","unsubscribe":{"code":2500,"reason":"insufficient state"}}})",
                            R"({"push":{"channel":"d","pub":{"data":3,"offset":1}}})"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(publications_without_history_carry_no_offset) {
  Talk talk({}, std::make_shared<Hub>(HubOptions{.history_size = 0}));
  talk.Connect();
  BOOST_TEST(talk.Say(R"({"id":2,"subscribe":{"channel":"c","recover":true}})") ==
                 Lines{R"({"id":2,"subscribe":{"was_recovering":true}})"},
             boost::test_tools::per_element());
  talk.hub->Publish("c", "1");
  talk.hub->Publish("c", "2");
  BOOST_TEST(talk.Hear() == (Lines{R"({"push":{"channel":"c","pub":{"data":1}}})",
                                   R"({"push":{"channel":"c","pub":{"data":2}}})"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(data_that_is_not_json_cannot_be_carried) {
  Talk live;
  live.Connect().Say(R"({"id":2,"subscribe":{"channel":"c"}})");
  live.hub->Publish("c", "not json");
  BOOST_TEST(live.Hear().empty());
  BOOST_TEST(live.CloseCode() == 3506);
  for (const char* frame :
       {R"({"id":2,"subscribe":{"channel":"c","recover":true}})", R"({"id":2,"history":{"channel":"c","limit":-1}})"}) {
    Talk later;
    later.hub->Publish("c", "not json");
    later.Connect();
    BOOST_TEST(later.Say(frame).empty());
    BOOST_TEST(later.CloseCode() == 3506);
  }
}

BOOST_AUTO_TEST_CASE(the_slow_get_what_was_accepted_without_a_hole_and_then_3008) {
  Talk talk({.max_queue_bytes = 300});
  talk.Connect().Say(R"({"id":2,"subscribe":{"channel":"c"}})");
  for (int i = 1; i <= 50; ++i) talk.hub->Publish("c", std::to_string(i));
  const Lines heard = talk.Hear();
  BOOST_TEST(talk.CloseCode() == 3008);
  BOOST_TEST_REQUIRE(heard.size() > 2U);
  BOOST_TEST(heard.size() < 10U);
  for (std::size_t i = 0; i < heard.size(); ++i) {
    BOOST_TEST(heard[i].find("\"offset\":" + std::to_string(i + 1)) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(what_waits_further_down_counts_too) {
  Talk talk({.max_queue_bytes = 1'000});
  talk.Connect().Say(R"({"id":2,"subscribe":{"channel":"c"}})");
  talk.session->SetBacklog(990);
  talk.hub->Publish("c", "1");
  BOOST_TEST(talk.mailbox->overflowed());
  BOOST_TEST(talk.Hear().size() == 1U);
  BOOST_TEST(talk.CloseCode() == 3008);
}

BOOST_AUTO_TEST_CASE(S19_a_reply_above_the_bound_is_sent_whole_and_then_3008) {
  Talk talk({.max_queue_bytes = 1'000});
  talk.Connect();
  for (int i = 0; i < 20; ++i) talk.hub->Publish("c", '"' + std::string(90, 'x') + '"');
  const std::string ask = R"({"id":2,"history":{"channel":"c","limit":-1}})";
  const Lines heard = talk.Say(ask + "\n" + ask);
  BOOST_TEST_REQUIRE(heard.size() == 1U);
  BOOST_TEST(heard[0].size() > 1'000U);
  BOOST_TEST(talk.CloseCode() == 3008);
}

BOOST_AUTO_TEST_CASE(the_mailbox_wakes_once_until_it_is_emptied) {
  Talk talk;
  talk.Connect().Say(R"({"id":2,"subscribe":{"channel":"c"}})");
  for (int i = 0; i < 5; ++i) talk.hub->Publish("c", "1");
  BOOST_TEST(talk.wakes == 1);
  BOOST_TEST(talk.Hear().size() == 5U);
  talk.hub->Publish("c", "1");
  BOOST_TEST(talk.wakes == 2);
}

BOOST_AUTO_TEST_CASE(a_publication_is_encoded_once_for_all_connections) {
  Hub hub;
  const auto encoder = std::make_shared<PushEncoder>();
  Mailbox one(encoder, 1'000, [] {}), two(encoder, 1'000, [] {});
  const auto publication = std::make_shared<const Publication>(Publication{"1", 7});
  one.OnPublication("c", publication);
  two.OnPublication("c", publication);
  BOOST_TEST((one.Take().pushes.at(0) == two.Take().pushes.at(0)));
}

BOOST_AUTO_TEST_CASE(a_session_that_ends_leaves_the_hub) {
  Talk talk;
  talk.Connect().Say(R"({"id":2,"subscribe":{"channel":"c"}})");
  BOOST_TEST(talk.hub->Presence("c").size() == 1U);
  talk.session.reset();
  BOOST_TEST(talk.hub->Presence("c").empty());
}

BOOST_AUTO_TEST_CASE(the_first_reason_to_close_stands) {
  Talk talk;
  talk.Connect();
  talk.session->Close({4000, "first"});
  talk.Say("garbage");
  BOOST_TEST((*talk.session->closing() == CloseReason{4000, "first"}));
}

BOOST_AUTO_TEST_SUITE_END()
