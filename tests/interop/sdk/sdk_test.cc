// The hub's server against Centrifuge's own client SDKs: which one, the program behind `--` says.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "gapless/hub.h"
#include "tests/interop/sdk/sdk_fixture.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

json Offsets(const json& history) {
  json offsets = json::array();
  for (const json& publication : history.at("publications")) offsets.push_back(publication.at("offset"));
  return offsets;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sdk, test::SdkFixture)

BOOST_AUTO_TEST_CASE(S18_it_connects_and_disconnects) {
  const json connected = Connect();
  BOOST_TEST(!connected.at("client").get<std::string>().empty());
  BOOST_TEST(server->connection_count() == 1U);
  client.Do({{"do", "disconnect"}});
  BOOST_TEST(client.Wait("disconnected").at("code") == 0);
}

BOOST_AUTO_TEST_CASE(S18_it_subscribes_and_receives_what_the_server_publishes) {
  const json subscribed = ConnectAndSubscribe();
  BOOST_TEST(subscribed.at("recoverable") == true);
  BOOST_TEST(subscribed.at("positioned") == true);
  BOOST_TEST(subscribed.at("was_recovering") == false);
  BOOST_TEST(subscribed.at("epoch") == hub->Top("c").epoch);
  Publish(1, 40);
  CheckPublications(1, 40);
}

BOOST_AUTO_TEST_CASE(S9_it_receives_what_it_publishes) {
  ConnectAndSubscribe();
  const json data = json::parse(R"({"text":"<ü&\"\n>","list":[1,2.5,null,true]})");
  const json answer = client.Call({{"do", "publish"}, {"channel", "c"}, {"data", data}});
  BOOST_TEST(!answer.contains("error"));
  BOOST_TEST(client.Wait("publication").at("data") == data);
  BOOST_TEST(json::parse(hub->History("c").at(0).data) == data);
}

BOOST_AUTO_TEST_CASE(S7_it_reads_history_from_both_ends) {
  Connect();
  Publish(1, 9);
  const std::string epoch = hub->Top("c").epoch;
  const json top = History({});
  BOOST_TEST(top.at("offset") == 9);
  BOOST_TEST(top.at("epoch") == epoch);
  BOOST_TEST(top.at("publications").empty());
  BOOST_TEST(Offsets(History({{"limit", 3}})) == json({1, 2, 3}));
  BOOST_TEST(Offsets(History({{"limit", 3}, {"reverse", true}})) == json({9, 8, 7}));
  BOOST_TEST(Offsets(History({{"limit", -1}})).size() == 9U);
  const json since = {{"offset", 5}, {"epoch", epoch}};
  BOOST_TEST(Offsets(History({{"limit", 2}, {"since", since}})) == json({6, 7}));
  BOOST_TEST(Offsets(History({{"limit", 2}, {"since", since}, {"reverse", true}})) == json({4, 3}));
  const json foreign = {{"offset", 5}, {"epoch", "other"}};
  BOOST_TEST(History({{"limit", 2}, {"since", foreign}}).at("error").at("code") == 112);
}

BOOST_AUTO_TEST_CASE(C27_it_keeps_a_place_above_2_to_the_53rd) {
  ConnectAndSubscribe();
  constexpr std::uint64_t kTop = (std::uint64_t{1} << 60) + 1;
  hub->SkipTo("c", kTop);
  server->CutConnections();
  BOOST_TEST(client.Wait("subscribed").at("recovered") == false);
  hub->Publish("c", "1");
  const json told = client.Wait("publication").at("offset");
  // centrifuge-js reads offsets through doubles, so its place is another one from then on.
  BOOST_TEST(told.get<double>() == static_cast<double>(kTop));
  const bool exact = told == kTop + 1;
  server->CutConnections();
  BOOST_TEST(client.Wait("subscribed").at("recovered") == exact);
}

BOOST_AUTO_TEST_CASE(S8_it_sees_who_is_there) {
  const json connected = Connect();
  Subscribe("c");
  const json presence = client.Call({{"do", "presence"}, {"channel", "c"}});
  BOOST_TEST(presence.at("clients").size() == 1U);
  BOOST_TEST(presence.at("clients").contains(connected.at("client")));
  const json stats = client.Call({{"do", "presence_stats"}, {"channel", "c"}});
  BOOST_TEST(stats.at("clients") == 1);
  BOOST_TEST(stats.at("users") == 1);
  client.Do({{"do", "unsubscribe"}, {"channel", "c"}});
  BOOST_TEST(client.Wait("unsubscribed").at("code") == 0);
  BOOST_TEST(client.Call({{"do", "presence"}, {"channel", "c"}}).at("clients").empty());
}

BOOST_AUTO_TEST_CASE(S18_a_refusal_is_told_with_its_code) {
  Connect();
  BOOST_TEST(client.Call({{"do", "rpc"}, {"method", "none"}, {"data", 1}}).at("error").at("code") == 108);
  client.Do({{"do", "subscribe"}, {"channel", std::string(256, 'x')}});
  BOOST_TEST(client.Wait("unsubscribed").at("code") == 107);
}

BOOST_AUTO_TEST_CASE(S6_it_recovers_what_it_missed_while_it_was_cut_off) {
  ConnectAndSubscribe();
  Publish(1, 3);
  CheckPublications(1, 3);
  BOOST_TEST(server->CutConnections() == 1U);
  Publish(4, 8);
  BOOST_TEST(client.Wait("subscribing").at("code") == 1);
  const json subscribed = client.Wait("subscribed");
  BOOST_TEST(subscribed.at("was_recovering") == true);
  BOOST_TEST(subscribed.at("recovered") == true);
  CheckPublications(4, 8);
}

BOOST_AUTO_TEST_CASE(S6_it_recovers_from_a_server_that_starts_again) {
  ConnectAndSubscribe();
  Publish(1, 3);
  CheckPublications(1, 3);
  const std::uint16_t port = server->port();
  server.reset();
  BOOST_TEST(client.Wait("connecting").at("code") == 3001);
  Publish(4, 6);
  Serve({.port = port});
  BOOST_TEST(client.Wait("subscribed").at("recovered") == true);
  CheckPublications(4, 6);
}

BOOST_AUTO_TEST_CASE(S6_it_is_told_what_cannot_be_recovered) {
  ConnectAndSubscribe();
  Publish(1, 3);
  CheckPublications(1, 3);
  hub->ForgetChannel("c");
  server->CutConnections();
  const json subscribed = client.Wait("subscribed");
  BOOST_TEST(subscribed.at("was_recovering") == true);
  BOOST_TEST(subscribed.at("recovered") == false);
  BOOST_TEST(subscribed.at("epoch") == hub->Top("c").epoch);
  Publish(1, 1);
  CheckPublications(1, 1);
}

BOOST_AUTO_TEST_CASE(S12_it_subscribes_again_after_2500_and_loses_nothing) {
  ConnectAndSubscribe();
  Publish(1, 2);
  CheckPublications(1, 2);
  BOOST_TEST(server->PushUnsubscribe("c", 2500, "insufficient state") == 1U);
  Publish(3, 5);
  BOOST_TEST(client.Wait("subscribing").at("code") == 2500);
  BOOST_TEST(client.Wait("subscribed").at("recovered") == true);
  CheckPublications(3, 5);
}

BOOST_AUTO_TEST_CASE(S12_a_channel_that_is_forgotten_under_a_subscriber_ends_in_2500) {
  ConnectAndSubscribe();
  Publish(1, 2);
  CheckPublications(1, 2);
  hub->ForgetChannel("c");
  Publish(1, 1);
  BOOST_TEST(client.Wait("subscribing").at("code") == 2500);
  BOOST_TEST(client.Wait("subscribed").at("recovered") == false);
}

BOOST_AUTO_TEST_CASE(S12_an_unsubscribe_by_the_server_below_2500_is_for_good) {
  ConnectAndSubscribe();
  server->PushUnsubscribe("c", 2000, "server unsubscribe");
  BOOST_TEST(client.Wait("unsubscribed").at("code") == 2000);
  BOOST_TEST(client.Call({{"do", "presence"}, {"channel", "c"}}).at("clients").empty());
}

BOOST_AUTO_TEST_CASE(S12_a_terminal_close_is_for_good_and_others_are_not) {
  ConnectAndSubscribe();
  server->CloseConnections(3011, "force reconnect");
  BOOST_TEST(client.Wait("connecting").at("code") == 3011);
  client.Wait("subscribed");
  server->CloseConnections(3503, "force disconnect");
  const json disconnected = client.Wait("disconnected");
  BOOST_TEST(disconnected.at("code") == 3503);
  BOOST_TEST(disconnected.at("reason") == "force disconnect");
  BOOST_TEST(server->connection_count() == 0U);
}

BOOST_AUTO_TEST_CASE(S3_its_pongs_keep_it_connected) {
  constexpr auto kPongTimeout = 1'000ms;
  Serve({.ping_interval = 100ms, .pong_timeout = kPongTimeout});
  ConnectAndSubscribe();
  // A client whose pongs are missing is closed meanwhile; one that answers is not, however slow the machine.
  const auto long_enough = std::chrono::steady_clock::now() + 3 * kPongTimeout;
  while (std::chrono::steady_clock::now() < long_enough) client.Call({{"do", "presence_stats"}, {"channel", "c"}});
  BOOST_TEST(!client.HasTold("connecting"));
  BOOST_TEST(!client.HasTold("disconnected"));
  BOOST_TEST(server->connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(S19_a_history_above_the_queue_limit_arrives_whole_and_3008_follows) {
  Serve({.max_queue_bytes = 20'000});
  Connect();
  for (int n = 0; n < 30; ++n) hub->Publish("c", '"' + std::string(1'000, 'x') + '"');
  BOOST_TEST(Offsets(History({{"limit", 30}})).size() == 30U);
  BOOST_TEST(client.Wait("connecting").at("code") == 3008);
  client.Wait("connected");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
