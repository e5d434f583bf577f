// Every public method from inside handlers (L3), and ends that are prompt (L4).

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/client/client_world.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::kChannel;
using test::Peer;
using test::Reader;
using test::Run;
using test::Words;

struct Fixture : test::ConnectedPair {
  void OnFirst(const std::function<void()>& action) {
    subscription =
        std::make_unique<Subscription>(subscriber.client->Subscribe(kChannel, {}, [this, action](Subscription& setup) {
          setup.OnEnvelope([this, action](const Envelope& envelope) {
            words.push_back(test::Word(envelope));
            if (envelope.producer.id == "p" && envelope.sequence == 1) action();
          });
        }));
    Settle();
    publisher.Publish(1, 3);
    Settle();
  }
  std::unique_ptr<Subscription> subscription;
  Words words;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client_reentrant, Fixture)

BOOST_AUTO_TEST_CASE(L3_publish_and_queries_in_a_handler) {
  const std::string other = "public:app.other";
  OnFirst([&] {
    BOOST_TEST(subscriber.client->Publish(other, Draft{.aspect = "a"}).position.has_value());
    BOOST_TEST(subscriber.client->Enqueue(other, Draft{.aspect = "a"}).sequence == 2);
    BOOST_TEST(subscriber.client->Flush(std::chrono::seconds(1)));
    BOOST_TEST(subscriber.client->History(other).envelopes.size() == 2u);
    BOOST_TEST(subscriber.client->Presence(kChannel).size() == 1u);
    BOOST_TEST(subscription->PublishDerived("reply", "1").sequence == 1);
    BOOST_TEST(subscriber.client->Stats().received >= 1u);
  });
  GAPLESS_TEST_WORDS(words, {"p1", "p2", "p3", "s1"});
}

BOOST_AUTO_TEST_CASE(L3_subscribe_in_a_handler) {
  std::unique_ptr<Reader> inner;
  OnFirst([&] { inner = std::make_unique<Reader>(subscriber, SubscribeOptions{}, "public:app.other"); });
  publisher.client->Publish("public:app.other", Draft{.aspect = "a"});
  Settle();
  GAPLESS_TEST_WORDS(inner->Take(), {"p1"});
}

BOOST_AUTO_TEST_CASE(L3_handlers_added_in_a_handler_see_the_next_envelope) {
  Words added;
  OnFirst([&] { subscription->OnAspect("data", [&](const Envelope& e) { added.push_back(test::Word(e)); }); });
  GAPLESS_TEST_WORDS(added, {"p2", "p3"});
}

BOOST_AUTO_TEST_CASE(L3_unsubscribe_in_a_handler_is_the_last_one) {
  OnFirst([&] { subscription->Unsubscribe(); });
  GAPLESS_TEST_WORDS(words, {"p1"});
}

BOOST_AUTO_TEST_CASE(L3_close_in_a_handler) {
  OnFirst([&] { subscriber.client->Close(); });
  GAPLESS_TEST_WORDS(words, {"p1"});
  BOOST_TEST(subscriber.client->State() == ConnectionState::kClosed);
  BOOST_TEST(!subscription->Active());
}

BOOST_AUTO_TEST_CASE(L3_destroying_the_client_in_a_handler) {
  OnFirst([&] { subscriber.client.reset(); });
  GAPLESS_TEST_WORDS(words, {"p1"});
  BOOST_TEST(!subscription->Active());
  BOOST_TEST(CodeOf([&] { subscription->PublishDerived("a", "1"); }) == Errc::kClosed);
  subscription->Unsubscribe();
}

BOOST_AUTO_TEST_CASE(L3_calls_from_error_and_state_handlers) {
  subscriber.client->OnError([&](const Error& error) {
    if (error.raw() == "{}") subscriber.client->Publish("public:app.errors", Draft{.aspect = "error"});
  });
  subscriber.client->OnStateChange([&](ConnectionState state, const std::optional<Error>&) {
    if (state == ConnectionState::kConnected) subscriber.client->Enqueue("public:app.states", Draft{.aspect = "up"});
  });
  Reader reader(subscriber);
  Settle();
  hub->Publish(kChannel, "{}");
  subscriber.transport->Disconnect();
  Settle();
  BOOST_TEST(hub->History("public:app.errors").size() == 1u);
  BOOST_TEST(hub->History("public:app.states").size() == 1u);
}

BOOST_AUTO_TEST_CASE(L4_destruction_without_connection_ends_at_once) {
  for (int n = 0; n < 3; ++n) {
    Peer peer(*this, "x");
    Reader reader(peer);
    peer.client->Enqueue(kChannel, Draft{.aspect = "a"});
    if (n > 0) peer.client->Connect();
    if (n > 1) Settle();
  }
  BOOST_TEST(hub->Presence(kChannel).empty());
}

BOOST_AUTO_TEST_CASE(L4_close_waits_for_a_silent_server_no_longer_than_its_time_out) {
  subscriber.transport->LoseAcknowledgements(1);
  subscriber.client->Enqueue(kChannel, Draft{.aspect = "a"});
  const TimePoint before = runtime->Now();
  subscriber.client->Close();
  BOOST_TEST((runtime->Now() - before <= std::chrono::seconds(3)));
  subscriber.client->Close();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
