#include "client/publish_pump.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gapless::internal {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kStart{std::chrono::hours{1}};
constexpr milliseconds kMinDelay{200};

/// A pump, and a server that answers as told. Envelopes are named by channel and sequence: "a1".
struct Fixture {
  PublishPump pump{ReconnectPolicy{kMinDelay, milliseconds{20'000}, milliseconds{5'000}}};
  TimePoint now = kStart;
  std::uint64_t next_id = 1;
  std::map<std::string, std::uint64_t> unanswered;
  std::map<std::string, std::shared_ptr<const std::string>> bytes;

  void Add(const std::string& channel, std::int64_t sequence, bool in_outbox = false) {
    const std::string name = channel + std::to_string(sequence);
    bytes[name] = std::make_shared<const std::string>(name);
    pump.Add({channel, sequence, bytes[name], in_outbox, {}, nullptr}, now);
  }
  /// What is sent now, in order.
  std::string Fill(std::size_t max_in_flight = 100) {
    std::vector<TransportRequest> requests;
    pump.Fill(now, max_in_flight, next_id, requests);
    std::string sent;
    for (const TransportRequest& request : requests) {
      const auto& publish = std::get<PublishRequest>(request.body);
      BOOST_TEST(pump.Owns(request.id));
      BOOST_TEST(publish.data == bytes.at(*publish.data));  // The same bytes, not a copy.
      unanswered[*publish.data] = request.id;
      sent += (sent.empty() ? "" : " ") + *publish.data;
    }
    return sent;
  }
  std::optional<PublishOutcome> Answer(const std::string& name, decltype(ReplyEvent::body) body) {
    const std::uint64_t id = unanswered.at(name);
    BOOST_REQUIRE(pump.Owns(id));
    return pump.TakeReply({id, std::move(body)}, now, 0);
  }
  std::optional<PublishOutcome> Acknowledge(const std::string& name) { return Answer(name, PublishReply{}); }
  bool RefuseForNow(const std::string& name) {
    return !Answer(name, ErrorReply{Error(Errc::kServerRefused, "busy"), true});
  }
  std::optional<PublishOutcome> Refuse(const std::string& name) {
    return Answer(name, ErrorReply{Error(Errc::kPermissionDenied, "no"), false});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(publish_pump, Fixture)

BOOST_AUTO_TEST_CASE(P4_sends_in_the_order_of_acceptance_up_to_the_window) {
  for (int i = 1; i <= 3; ++i) {
    Add("a", i);
    Add("b", i);
  }
  BOOST_TEST(Fill(4) == "a1 b1 a2 b2");
  BOOST_TEST(Fill(4) == "");
  BOOST_TEST(Acknowledge("b1")->publish.sequence == 1);
  BOOST_TEST(Fill(4) == "a3");
  BOOST_TEST(Acknowledge("a1").has_value());
  BOOST_TEST(Acknowledge("a2").has_value());
  BOOST_TEST(Fill(4) == "b3");
  BOOST_TEST(!pump.empty());
}

BOOST_AUTO_TEST_CASE(P5_an_acknowledgement_carries_the_servers_position) {
  Add("a", 1, true);
  Fill();
  const auto outcome = Answer("a1", PublishReply{Position{7, "e"}});
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST(outcome->publish.channel == "a");
  BOOST_TEST(outcome->publish.in_outbox);
  BOOST_TEST(!outcome->refused.has_value());
  BOOST_TEST((outcome->position == Position{7, "e"}));
  BOOST_TEST(pump.empty());
}

BOOST_AUTO_TEST_CASE(P5_a_refusal_for_good_is_an_outcome_and_the_others_go_on) {
  Add("a", 1);
  Add("a", 2);
  Fill();
  const auto outcome = Refuse("a1");
  BOOST_REQUIRE(outcome.has_value());
  BOOST_TEST((outcome->refused->errc() == Errc::kPermissionDenied));
  BOOST_TEST(Acknowledge("a2").has_value());
  BOOST_TEST(pump.empty());
  BOOST_TEST(pump.resent() == 0u);
}

BOOST_AUTO_TEST_CASE(P5_an_answer_of_another_kind_is_no_acknowledgement) {
  Add("a", 1);
  Fill();
  const auto outcome = Answer("a1", HistoryReply{});
  BOOST_REQUIRE(outcome.has_value());
  BOOST_REQUIRE(outcome->refused.has_value());
  BOOST_TEST((outcome->refused->errc() == Errc::kProtocol));
}

BOOST_AUTO_TEST_CASE(P4_after_a_lost_connection_all_that_had_no_answer_is_sent_again_in_its_order) {
  for (int i = 1; i <= 4; ++i) Add("a", i);
  BOOST_TEST(Fill(3) == "a1 a2 a3");
  Acknowledge("a2");
  pump.ConnectionLost();
  BOOST_TEST(!pump.OldestSent().has_value());
  Add("a", 5);
  BOOST_TEST(Fill() == "a1 a3 a4 a5");
  BOOST_TEST(pump.resent() == 2u);
}

BOOST_AUTO_TEST_CASE(P4_a_refusal_for_now_stalls_its_channel_until_all_in_flight_is_answered_and_the_delay_is_over) {
  for (int i = 1; i <= 3; ++i) Add("a", i);
  Add("b", 1);
  BOOST_TEST(Fill(2) == "a1 a2");
  BOOST_TEST(RefuseForNow("a1"));
  BOOST_TEST(Fill() == "b1");
  BOOST_TEST(!pump.NextWork().has_value());  // a2 is still out.
  now += kMinDelay;
  BOOST_TEST(Fill() == "");
  BOOST_TEST(RefuseForNow("a2"));
  const auto next = pump.NextWork();
  BOOST_REQUIRE(next.has_value());
  BOOST_TEST((*next > now));
  now = *next;
  BOOST_TEST(Fill() == "a1 a2 a3");
  BOOST_TEST(!pump.NextWork().has_value());
  BOOST_TEST(pump.resent() == 2u);
}

BOOST_AUTO_TEST_CASE(P4_refusals_for_now_back_off_until_one_goes_through) {
  Add("a", 1);
  std::vector<std::int64_t> delays;
  // The most jitter that there is shows the ceiling, which doubles.
  for (int i = 0; i < 3; ++i) {
    Fill();
    pump.TakeReply({unanswered.at("a1"), ErrorReply{Error(Errc::kServerRefused, "busy"), true}}, now,
                   static_cast<std::uint64_t>(kMinDelay.count()) << i);
    delays.push_back(std::chrono::duration_cast<milliseconds>(*pump.NextWork() - now).count());
    now = *pump.NextWork();
  }
  BOOST_TEST(delays == (std::vector<std::int64_t>{400, 600, 1'000}), boost::test_tools::per_element());
  Fill();
  Acknowledge("a1");
  Add("a", 2);
  Fill();
  pump.TakeReply({unanswered.at("a2"), ErrorReply{Error(Errc::kServerRefused, "busy"), true}}, now,
                 static_cast<std::uint64_t>(kMinDelay.count()));
  BOOST_TEST(std::chrono::duration_cast<milliseconds>(*pump.NextWork() - now).count() == 400);
}

BOOST_AUTO_TEST_CASE(P4_a_stall_does_not_outlive_its_connection) {
  Add("a", 1);
  Fill();
  RefuseForNow("a1");
  BOOST_TEST(Fill() == "");
  pump.ConnectionLost();
  BOOST_TEST(!pump.NextWork().has_value());
  BOOST_TEST(Fill() == "a1");
}

BOOST_AUTO_TEST_CASE(P4_what_is_added_to_a_stalled_channel_waits_behind_it) {
  Add("a", 1);
  Fill();
  RefuseForNow("a1");
  Add("a", 2);
  Add("b", 1);
  BOOST_TEST(Fill() == "b1");
  Add("a", 3);
  Add("b", 2);
  BOOST_TEST(Fill() == "b2");
  now = *pump.NextWork();
  BOOST_TEST(Fill(4) == "a1 a2");
  Acknowledge("b1");
  BOOST_TEST(Fill(4) == "a3");
}

BOOST_AUTO_TEST_CASE(several_channels_stall_and_go_on_by_themselves) {
  Add("a", 1);
  Add("b", 1);
  Fill();
  RefuseForNow("b1");
  now += milliseconds{50};
  RefuseForNow("a1");
  BOOST_TEST((*pump.NextWork() == kStart + kMinDelay));
  now = *pump.NextWork();
  BOOST_TEST(Fill() == "b1");
  BOOST_TEST((*pump.NextWork() == kStart + milliseconds{50} + kMinDelay));
  now = *pump.NextWork();
  BOOST_TEST(Fill() == "a1");
}

BOOST_AUTO_TEST_CASE(the_oldest_unanswered_request_is_known_by_its_time) {
  BOOST_TEST(!pump.OldestSent().has_value());
  Add("a", 1);
  Fill();
  now += milliseconds{5};
  Add("a", 2);
  Fill();
  BOOST_TEST((*pump.OldestSent() == kStart));
  Acknowledge("a1");
  BOOST_TEST((*pump.OldestSent() == kStart + milliseconds{5}));
  Acknowledge("a2");
  BOOST_TEST(!pump.OldestSent().has_value());
}

BOOST_AUTO_TEST_CASE(what_no_outbox_holds_can_be_taken_out_in_order) {
  Add("a", 1, true);
  Add("a", 2);
  Add("b", 1);
  Add("b", 2, true);
  Fill();
  RefuseForNow("b1");  // Stalled ones are among them.
  pump.ConnectionLost();
  std::string taken;
  for (const PendingPublish& publish : pump.TakeVolatile()) taken += *publish.bytes + " ";
  BOOST_TEST(taken == "a2 b1 ");
  BOOST_TEST(Fill() == "a1 b2");
}

BOOST_AUTO_TEST_CASE(a_delay_beyond_the_clock_is_no_overflow) {
  PublishPump patient({milliseconds::max(), milliseconds::max(), milliseconds::max()});
  patient.Add({"a", 1, std::make_shared<const std::string>("a1"), false, {}, nullptr}, now);
  std::vector<TransportRequest> requests;
  patient.Fill(now, 1, next_id, requests);
  patient.TakeReply({requests.at(0).id, ErrorReply{Error(Errc::kServerRefused, "busy"), true}}, now, 0);
  BOOST_TEST((*patient.NextWork() == TimePoint::max()));
}

BOOST_AUTO_TEST_CASE(P4_a_paced_channel_sends_one_at_a_time_all_of_them_in_order_and_holds_up_no_other) {
  pump.SetPace("a", milliseconds{500});
  for (const std::int64_t n : {1, 2, 3}) Add("a", n);
  Add("b", 1);
  Add("b", 2);
  BOOST_TEST(Fill() == "a1 b1 b2");
  now += milliseconds{500};
  BOOST_TEST(Fill() == "");  // The time is over, the answer is not there.
  Acknowledge("a1");
  BOOST_TEST(Fill() == "a2");
  Acknowledge("a2");
  BOOST_TEST(Fill() == "");
  BOOST_REQUIRE(pump.NextWork().has_value());
  now = *pump.NextWork();
  BOOST_TEST((now == kStart + milliseconds{1'000}));
  BOOST_TEST(Fill() == "a3");
  Acknowledge("a3");
  // Whoever waited long enough sends at once.
  now += milliseconds{500};
  BOOST_TEST(Fill() == "");
  BOOST_TEST(!pump.NextWork().has_value());
  Add("a", 4);
  BOOST_TEST(Fill() == "a4");
}

BOOST_AUTO_TEST_CASE(P4_a_refusal_for_now_delays_a_paced_channel_as_any_other_and_a_success_ends_the_row) {
  // Makes 399 ms of the first delay in a row and 600 ms of the second.
  constexpr std::uint64_t kRandom = 400;
  const auto refuse = [&](const std::string& name) {
    pump.TakeReply({unanswered.at(name), ErrorReply{Error(Errc::kServerRefused, "busy"), true}}, now, kRandom);
    return *pump.NextWork() - now;
  };
  pump.SetPace("a", milliseconds{1});
  Add("a", 1);
  Add("a", 2);
  BOOST_TEST(Fill() == "a1");
  BOOST_TEST((refuse("a1") == milliseconds{399}));
  BOOST_TEST(Fill() == "");
  now = *pump.NextWork();
  BOOST_TEST(Fill() == "a1");
  BOOST_TEST((refuse("a1") == milliseconds{600}));
  now = *pump.NextWork();
  BOOST_TEST(Fill() == "a1");
  Acknowledge("a1");
  now += milliseconds{1};
  BOOST_TEST(Fill() == "a2");
  BOOST_TEST((refuse("a2") == milliseconds{399}));
}

BOOST_AUTO_TEST_CASE(a_pace_is_bounded_and_ends_with_the_connection_or_the_wish) {
  pump.SetPace("a", std::chrono::hours{1'000'000});
  Add("a", 1);
  Add("a", 2);
  Fill();
  Acknowledge("a1");
  BOOST_TEST((*pump.NextWork() - now == std::chrono::minutes{1}));
  pump.ConnectionLost();
  BOOST_TEST(Fill() == "a2");
  Acknowledge("a2");
  pump.SetPace("a", milliseconds{5});
  pump.SetPace("a", milliseconds{0});
  Add("a", 3);
  Add("a", 4);
  BOOST_TEST(Fill() == "a3 a4");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
