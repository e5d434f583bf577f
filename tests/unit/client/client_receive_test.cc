#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "tests/unit/client/client_world.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::kChannel;
using test::Peer;
using test::Reader;
using test::Run;
using test::Words;
using test::World;

struct Point {
  int x = 0;
  int y = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Point, x, y)

}  // namespace

BOOST_FIXTURE_TEST_SUITE(client_receive, test::ConnectedPair)

BOOST_AUTO_TEST_CASE(R1_envelopes_arrive_in_order_once) {
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 50);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 50)));
  BOOST_TEST(reader.envelopes[9].payload == "10");
  BOOST_TEST(reader.envelopes[9].offset == 10u);
  BOOST_TEST(subscriber.client->Stats().delivered == 50u);
}

BOOST_AUTO_TEST_CASE(R2_what_the_network_drops_comes_back_from_history) {
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 1);
  Settle();
  subscriber.transport->Drop(3);
  publisher.Publish(2, 5);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 5)));
  BOOST_TEST(subscriber.client->Stats().repaired >= 3u);
  BOOST_TEST(subscriber.client->Stats().gaps == 0u);
}

BOOST_AUTO_TEST_CASE(R2_what_history_lost_too_is_reported_with_its_range) {
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 1);
  Settle();
  subscriber.transport->Drop(2);
  publisher.Publish(2, 3);
  Settle();
  hub->DropHistory(kChannel);
  publisher.Publish(4, 4);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p1", "gap p[2,3]", "p4"});
}

BOOST_AUTO_TEST_CASE(R1_the_networks_duplicates_and_disorder_do_not_reach_handlers) {
  Reader reader(subscriber);
  Settle();
  subscriber.transport->Duplicate(2);
  publisher.Publish(1, 3);
  Settle();
  subscriber.transport->Reorder(3);
  publisher.Publish(4, 7);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), (Run("p", 1, 7)));
  BOOST_TEST(subscriber.Saw(Errc::kDuplicate));
}

BOOST_AUTO_TEST_CASE(D1_R4_an_aspect_filter_makes_no_gaps) {
  Reader reader(subscriber, {.aspects = {"want"}});
  Settle();
  publisher.Publish(1, 3, "other");
  publisher.Publish(4, 4, "want");
  publisher.Publish(5, 6, "other");
  publisher.Publish(7, 7, "want");
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p4", "p7"});
  BOOST_TEST(subscriber.client->Stats().filtered == 5u);
}

BOOST_AUTO_TEST_CASE(D2_R4_payloads_that_break_their_schema_make_no_gaps) {
  Registry registry;
  ChannelPattern pattern;
  pattern.pattern = "public:app.room.{id}";
  pattern.aspects = {{"data", Aspect{.payload_schema = R"({"type":"number"})"}}};
  registry.Register(std::move(pattern));
  Peer strict(*this, "t", [&](ClientOptions& o) { o.validator = Validator(registry, ValidationMode::kStrict); });
  Peer warning(*this, "w", [&](ClientOptions& o) { o.validator = Validator(registry, ValidationMode::kWarn); });
  Reader strict_reader(strict);
  Reader warned_reader(warning);
  strict.client->Connect();
  warning.client->Connect();
  Settle();
  publisher.Publish(1, 1);
  publisher.client->Publish(kChannel, Draft{.aspect = "data", .payload = "\"text\""});
  publisher.Publish(3, 3);
  Settle();
  GAPLESS_TEST_WORDS(strict_reader.Take(), {"p1", "p3"});
  GAPLESS_TEST_WORDS(warned_reader.Take(), (Run("p", 1, 3)));
  BOOST_REQUIRE(strict_reader.errors.size() == 1u);
  BOOST_TEST(strict_reader.errors[0].errc() == Errc::kPayloadInvalid);
  BOOST_TEST(strict_reader.errors[0].sequence() == 2);
  BOOST_TEST(strict_reader.errors[0].raw() == "\"text\"");
  BOOST_TEST(warned_reader.errors.size() == 1u);
  BOOST_TEST(strict.client->Stats().invalid == 1u);
}

BOOST_AUTO_TEST_CASE(D3_D4_D42_R5_what_is_no_envelope_is_reported_with_its_bytes) {
  Reader reader(subscriber);
  Settle();
  for (const char* bytes : {"{}", "null", "42", "{\"kind\":\"register\",\"pattern\":\"p\"}"}) {
    hub->Publish(kChannel, bytes);
  }
  publisher.Publish(1, 1);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p1"});
  BOOST_REQUIRE(reader.errors.size() == 4u);
  BOOST_TEST(reader.errors[0].raw() == "{}");
  BOOST_TEST(reader.errors[3].channel() == kChannel);
  BOOST_TEST(subscriber.errors.size() == 4u);
  BOOST_TEST(subscriber.client->Stats().malformed == 4u);
}

BOOST_AUTO_TEST_CASE(D11_envelopes_wait_for_the_first_handler) {
  Subscription late = subscriber.client->Subscribe(kChannel);
  Settle();
  publisher.Publish(1, 3);
  Settle();
  Words words;
  late.OnEnvelope([&](const Envelope& envelope) { words.push_back(test::Word(envelope)); });
  Settle();
  GAPLESS_TEST_WORDS(words, (Run("p", 1, 3)));
}

BOOST_AUTO_TEST_CASE(D12_two_subscriptions_on_a_channel_live_independently) {
  Reader first(subscriber);
  Settle();
  publisher.Publish(1, 1);
  Settle();
  Reader second(subscriber);
  Settle();
  publisher.Publish(2, 2);
  Settle();
  first.subscription.Unsubscribe();
  publisher.Publish(3, 3);
  Settle();
  GAPLESS_TEST_WORDS(first.Take(), {"p1", "p2"});
  GAPLESS_TEST_WORDS(second.Take(), {"p2", "p3"});
  BOOST_TEST(!first.subscription.Active());
  BOOST_TEST(second.subscription.Active());
  subscriber.client->Close();
  BOOST_TEST(!second.subscription.Active());
  BOOST_TEST(hub->Presence(kChannel).empty());
}

BOOST_AUTO_TEST_CASE(D15_no_handler_starts_after_unsubscribe) {
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 5);
  reader.subscription.Unsubscribe();
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {});
  BOOST_TEST(CodeOf([&] { reader.subscription.OnEnvelope([](const Envelope&) {}); }) == Errc::kClosed);
  reader.subscription.Unsubscribe();
}

BOOST_AUTO_TEST_CASE(D16_a_handler_that_throws_is_reported_and_the_others_go_on) {
  Words words;
  Subscription subscription = subscriber.client->Subscribe(kChannel, {}, [&](Subscription& setup) {
    setup.OnEnvelope([](const Envelope& envelope) {
      if (envelope.sequence == 1) throw std::runtime_error("no");
      if (envelope.sequence == 2) throw 42;
    });
    setup.OnEnvelope([&](const Envelope& envelope) { words.push_back(test::Word(envelope)); });
    setup.OnError([](const Error&) { throw std::runtime_error("even this one"); });
  });
  Settle();
  publisher.Publish(1, 3);
  Settle();
  GAPLESS_TEST_WORDS(words, (Run("p", 1, 3)));
  BOOST_TEST(subscriber.Saw(Errc::kHandlerThrew));
  BOOST_TEST(subscriber.client->Stats().handler_errors == 4u);
}

BOOST_AUTO_TEST_CASE(typed_handlers_get_values_and_report_what_does_not_fit) {
  std::vector<Point> points;
  Words any;
  Subscription subscription = subscriber.client->Subscribe(kChannel, {}, [&](Subscription& setup) {
    setup.OnAspect<Point>("point", [&](const Point& point, const Envelope&) { points.push_back(point); });
    setup.OnAspect("point", [&](const Envelope& envelope) { any.push_back(test::Word(envelope)); });
  });
  Settle();
  publisher.client->Publish(kChannel, "point", Point{1, 2});
  publisher.client->Publish(kChannel, Draft{.aspect = "point", .payload = "{\"x\":1}"});
  publisher.client->Publish(kChannel, Draft{.aspect = "point"});
  publisher.client->Publish(kChannel, Draft{.aspect = "other", .payload = "1"});
  Settle();
  BOOST_REQUIRE(points.size() == 1u);
  BOOST_TEST(points[0].y == 2);
  GAPLESS_TEST_WORDS(any, (Run("p", 1, 3)));
  BOOST_TEST(subscriber.Saw(Errc::kPayloadType));
}

BOOST_AUTO_TEST_CASE(handlers_run_in_order_gap_then_envelope_then_aspect) {
  Words order;
  Subscription subscription = subscriber.client->Subscribe(kChannel, {}, [&](Subscription& setup) {
    setup.OnAspect("data", [&](const Envelope& e) { order.push_back("aspect" + std::to_string(e.sequence)); });
    setup.OnEnvelope([&](const Envelope& e) { order.push_back("first" + std::to_string(e.sequence)); });
    setup.OnEnvelope([&](const Envelope& e) { order.push_back("second" + std::to_string(e.sequence)); });
    setup.OnGap([&](const Gap& gap) { order.push_back(test::Word(gap)); });
  });
  Settle();
  publisher.Publish(1, 1);
  Settle();
  order.clear();
  subscriber.transport->Drop(1);
  publisher.Publish(2, 2);
  hub->DropHistory(kChannel);
  publisher.Publish(3, 3);
  Settle();
  GAPLESS_TEST_WORDS(order, {"gap p[2,2]", "first3", "second3", "aspect3"});
}

BOOST_AUTO_TEST_CASE(D34_D35_L2_a_slow_subscriber_is_paused_and_loses_nothing) {
  SubscribeOptions options;
  options.queue_limit = 10;
  Subscription slow = subscriber.client->Subscribe(kChannel, options);
  Settle();
  publisher.Publish(1, 500);
  Settle();
  BOOST_TEST(subscriber.client->Stats().pauses >= 1u);
  Words words;
  slow.OnEnvelope([&](const Envelope& envelope) { words.push_back(test::Word(envelope)); });
  Settle();
  GAPLESS_TEST_WORDS(words, (Run("p", 1, 500)));
  BOOST_TEST(subscriber.client->Stats().gaps == 0u);
}

BOOST_AUTO_TEST_CASE(D36_D38_all_subscribers_see_the_order_of_history) {
  Peer other(*this, "q");
  other.client->Connect();
  Reader one(subscriber);
  Reader two(publisher);
  Settle();
  for (int n = 0; n < 50; ++n) {
    publisher.client->Enqueue(kChannel, Draft{.aspect = "data", .payload = std::to_string(n)});
    other.client->Enqueue(kChannel, Draft{.aspect = "data", .payload = std::to_string(n)});
  }
  Settle();
  Words history;
  for (const Envelope& envelope : subscriber.client->History(kChannel).envelopes) {
    history.push_back(test::Word(envelope));
  }
  BOOST_TEST(history.size() == 100u);
  BOOST_TEST(one.Take() == history, boost::test_tools::per_element());
  BOOST_TEST(two.Take() == history, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(R6_D31_a_producer_that_lost_its_state_is_seen) {
  Reader reader(subscriber);
  Settle();
  publisher.Publish(1, 5);
  runtime->AdvanceTime(std::chrono::seconds(1));
  Peer reborn(*this, "p");
  reborn.client->Connect();
  reborn.Publish(1, 2);
  Settle();
  GAPLESS_TEST_WORDS(reader.Take(), {"p1", "p2", "p3", "p4", "p5", "reset p", "p1", "p2"});
  BOOST_TEST(subscriber.client->Stats().resets == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
