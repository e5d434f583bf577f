// What the hub's server does only when it is told to, with Centrifuge's own client SDKs: tokens and deltas.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "gapless/hub_token.h"
#include "tests/interop/sdk/sdk_fixture.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// Long enough to be shown before it ends.
constexpr std::chrono::seconds kShortLife{4};
constexpr const char* kSecret = "test-hmac-secret";

struct TokenFixture : test::SdkFixture {
  TokenFixture() { Serve({.token_hmac_secret = kSecret, .expired_close_delay = 60s, .expired_sub_close_delay = 60s}); }

  static std::string Mint(HubTokenClaims claims) { return MintHubToken(kSecret, claims); }
  static std::string MintFor(std::chrono::seconds life, const std::string& channel = "") {
    return Mint({.user = "ada", .expires = std::chrono::system_clock::now() + life, .channel = channel});
  }
  void ConnectWith(json members) {
    members["do"] = "connect";
    members["url"] = server->url();
    client.Do(members);
  }
  json PresenceOf(const std::string& channel) {
    return client.Call({{"do", "presence"}, {"channel", channel}}).at("clients");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sdk_tokens, TokenFixture)

BOOST_AUTO_TEST_CASE(S10_its_token_says_who_it_is) {
  ConnectWith({{"token", Mint({.user = "ada", .info = R"({"name":"Ada"})"})}});
  const json id = client.Wait("connected").at("client");
  Subscribe("c");
  const json info = PresenceOf("c").at(id.get<std::string>());
  BOOST_TEST(info.at("user") == "ada");
  BOOST_TEST(info.at("conn_info").at("name") == "Ada");
}

BOOST_AUTO_TEST_CASE(S10_a_token_that_is_invalid_is_for_good) {
  ConnectWith({{"token", MintHubToken("another secret", {.user = "ada"})}});
  BOOST_TEST(client.Wait("disconnected").at("code") == 3500);
}

BOOST_AUTO_TEST_CASE(S10_an_expired_token_is_fetched_anew) {
  ConnectWith({{"token", MintFor(-10s)}, {"tokens", {MintFor(1h)}}});
  client.Wait("token asked");
  client.Wait("connected");
}

BOOST_AUTO_TEST_CASE(S11_S18_it_refreshes_its_token_and_stays) {
  ConnectWith({{"tokens", {MintFor(kShortLife), MintFor(1h)}}});
  client.Wait("connected");
  client.Wait("token asked");
  Subscribe("c");
  Publish(1, 3);
  CheckPublications(1, 3);
  BOOST_TEST(server->connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(S10_S11_a_private_channel_takes_a_token_that_it_refreshes) {
  const std::string channel = "$secret";
  ConnectWith({{"token", Mint({.user = "ada"})}});
  client.Wait("connected");
  client.Do(
      {{"do", "subscribe"}, {"channel", channel}, {"tokens", {MintFor(kShortLife, channel), MintFor(1h, channel)}}});
  client.Wait("subscribed");
  BOOST_TEST(client.Wait("token asked").at("channel") == channel);
  hub->Publish(channel, "1");
  BOOST_TEST(client.Wait("publication").at("data") == 1);
  BOOST_TEST(PresenceOf(channel).size() == 1U);
}

BOOST_AUTO_TEST_CASE(S5_a_private_channel_is_refused_without_a_token) {
  ConnectWith({{"token", Mint({.user = "ada"})}});
  client.Wait("connected");
  client.Do({{"do", "subscribe"}, {"channel", "$secret"}});
  BOOST_TEST(client.Wait("unsubscribed").at("code") == 103);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(sdk_delta, test::SdkFixture)

BOOST_AUTO_TEST_CASE(S13_deltas_give_it_the_same_payloads_live_and_recovered) {
  Serve({.delta = true});
  Connect();
  client.Do({{"do", "subscribe"}, {"channel", "c"}, {"delta", "fossil"}});
  client.Wait("subscribed");
  const std::string constant = "привет, €, 😀, " + std::string(300, 'x');
  const auto payload = [&](int n) {
    return json{{"constant", constant}, {"count", n}, {"text", "e" + std::to_string(n)}};
  };
  const auto publish = [&](int first, int last) {
    for (int n = first; n <= last; ++n) hub->Publish("c", payload(n).dump());
  };
  const auto check = [&](int first, int last) {
    for (int n = first; n <= last; ++n) {
      const json told = client.Wait("publication");
      BOOST_TEST(told.at("offset") == n);
      BOOST_TEST(told.at("data") == payload(n));
    }
  };
  publish(1, 5);
  check(1, 5);
  server->CutConnections();
  publish(6, 9);
  BOOST_TEST(client.Wait("subscribed").at("recovered") == true);
  check(6, 9);
  publish(10, 11);
  check(10, 11);
  // History is never made of deltas.
  const json history = History({{"limit", -1}});
  BOOST_TEST(history.at("publications").at(7).at("data") == payload(8));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
