// Who comes and goes, calls, messages, and channels that a real Centrifugo subscribes its clients to by itself.

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "gapless/gapless.h"
#include "gapless/hub_token.h"
#include "tests/engine_under_test.h"
#include "tests/interop/centrifugo/api.h"
#include "tests/interop/centrifugo/server.h"
#include "tests/interop/connected_client.h"
#include "tests/interop/heard.h"
#include "tests/loopback/collector.h"

namespace gapless {
namespace {

using test::CentrifugoServer;
using test::Collector;
using test::kPatience;

const std::string kChannel = "members:app.room.1";
/// Of the user of `Fixture::Personal`, as the configuration of the server has it.
const std::string kPersonal = "small:#ada";

struct Fixture {
  CentrifugoServer server;
  /// Lines that handlers write.
  test::Heard<std::string> notes;

  std::unique_ptr<Client> Connected(const std::string& id, const std::string& token = {}) const {
    return test::ConnectedOver(WebSocket({.url = server.url(), .token = token, .engine = test::EngineUnderTest()}), id);
  }
  Subscription Watch(Client& client) {
    return client.Subscribe(kChannel, {.join_leave = true}, [this](Subscription& subscription) {
      subscription.OnJoin([this](const Presence& member) { notes.Add("+" + member.client_id); });
      subscription.OnLeave([this](const Presence& member) { notes.Add("-" + member.client_id); });
      subscription.OnEnvelope([this](const Envelope& envelope) { notes.Add(envelope.payload); });
    });
  }
  static std::string Personal() { return MintHubToken("test-hmac-secret", {.user = "ada"}); }
  template <typename Call>
  static Error Thrown(const Call& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    return {Errc::kInternal, "nothing was thrown"};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifugo_members, Fixture)

BOOST_AUTO_TEST_CASE(joins_and_leaves_come_in_order_and_presence_stats_agree) {
  const auto watcher = Connected("w");
  const Subscription watch = Watch(*watcher);
  const std::string self = notes.AwaitCount(1).at(0);
  const auto other = Connected("o");
  Subscription came = other->Subscribe(kChannel);
  const std::string second = notes.AwaitCount(2).at(1);
  BOOST_TEST(second.starts_with("+"));
  BOOST_TEST(second != self);
  const PresenceStats two{2, 1};
  BOOST_TEST((watcher->PresenceStats(kChannel) == two));
  other->Publish(kChannel, Draft{.aspect = "data", .payload = "1"});
  BOOST_TEST(notes.AwaitCount(3).at(2) == "1");
  came.Unsubscribe();
  BOOST_TEST(notes.AwaitCount(4).at(3) == "-" + second.substr(1));
  BOOST_TEST(!watcher->Stats().last_error.has_value());
}

BOOST_AUTO_TEST_CASE(calls_are_answered_or_refused_as_the_server_says) {
  const auto client = Connected("c");
  BOOST_TEST(client->Rpc("ping").empty());
  const Error unknown = Thrown([&] { client->Rpc("no-such-method", "[1]"); });
  BOOST_TEST(unknown.server_code() == 104U);
  BOOST_TEST(Thrown([&] { client->PresenceStats("plain:x"); }).server_code() == 108U);
}

BOOST_AUTO_TEST_CASE(a_message_that_the_server_does_not_take_ends_the_connection_and_says_so) {
  const auto client = Connected("c");
  client->OnStateChange([this](ConnectionState state, const std::optional<Error>& error) {
    if (state == ConnectionState::kFailed) notes.Add(std::to_string(error->server_code()));
  });
  BOOST_REQUIRE(client->WaitUntilConnected(kPatience));
  client->Send("1");
  BOOST_TEST(notes.AwaitCount(1).at(0) == "3508");
}

BOOST_AUTO_TEST_CASE(C21_a_channel_of_the_servers_own_is_taken_recovered_and_loses_nothing) {
  Collector collector;
  const auto publisher = Connected("p");
  const auto subscriber = Connected("s", Personal());
  const Subscription subscription =
      subscriber->Subscribe(kPersonal, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  const auto publish = [&](int count) {
    for (int n = 0; n < count; ++n) publisher->Publish(kPersonal, Draft{.aspect = "data", .payload = "1"});
  };
  publish(3);
  BOOST_TEST(collector.WaitForCount(3));
  // It may come back, and is given the channel again, from where it was.
  test::CallApi(server, "disconnect", {{"user", "ada"}, {"disconnect", {{"code", 3001}, {"reason", "test"}}}});
  publish(3);
  BOOST_TEST(collector.WaitForCount(6));
  BOOST_TEST(collector.disorder() == 0U);
  BOOST_TEST(collector.gaps().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
