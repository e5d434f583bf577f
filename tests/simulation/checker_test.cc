// The history checker finds what each promise forbids, and nothing else.

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "gapless/history_checker.h"

namespace gapless {
namespace {

const std::string kChannel = "public:app.room";

Envelope Message(std::int64_t sequence, const std::string& payload = "1") {
  Envelope envelope;
  envelope.channel = kChannel;
  envelope.sequence = sequence;
  envelope.producer = {.id = "p", .kind = ProducerKind::kService};
  envelope.aspect = "a";
  envelope.payload = payload;
  envelope.produced_at = Timestamp{std::chrono::milliseconds{1'780'000'000'000 + sequence}};
  return envelope;
}

Gap Range(std::int64_t first, std::int64_t last) {
  return {.kind = GapKind::kRange, .channel = kChannel, .producer = "p", .first = first, .last = last};
}

struct Fixture : HistoryChecker {
  Fixture() { ConsumerStarted({.name = "s", .channel = kChannel, .durable = true, .from_start = true}); }

  void Serve(std::int64_t first, std::int64_t last) {
    for (std::int64_t n = first; n <= last; ++n) Served(kChannel, EncodeEnvelope(Message(n)));
  }
  void Handle(std::int64_t first, std::int64_t last) {
    for (std::int64_t n = first; n <= last; ++n) {
      Delivered("s", Message(n));
      Handled("s", Message(n));
    }
  }
  std::string Broken() {
    std::string promises;
    for (const Violation& violation : Finish()) promises += (promises.empty() ? "" : " ") + violation.promise;
    return promises;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(history_checker, Fixture)

BOOST_AUTO_TEST_CASE(a_history_that_keeps_all_promises_is_not_complained_about) {
  for (std::int64_t n = 1; n <= 5; ++n) Accepted("p", kChannel, n, true);
  Serve(1, 3);
  Serve(2, 5);  // Two of them again.
  Handle(1, 3);
  SavedCursor("s", "p", 2);
  ConsumerStarted({.name = "s", .channel = kChannel, .durable = true, .from_start = true});
  Handle(3, 5);
  BOOST_TEST(Broken() == "");
}

BOOST_AUTO_TEST_CASE(P1_a_sequence_that_nobody_used_is_found) {
  Accepted("p", kChannel, 1, false);
  Accepted("p", kChannel, 3, false);
  Served(kChannel, EncodeEnvelope(Message(1)));
  Served(kChannel, EncodeEnvelope(Message(3)));
  MayLose(kChannel);
  Handle(1, 1);
  ToldGap("s", Range(2, 2));
  Handle(3, 3);
  BOOST_TEST(Broken() == "P1");
}

BOOST_AUTO_TEST_CASE(P1_a_publish_of_unknown_fate_may_have_used_a_sequence) {
  Accepted("p", kChannel, 1, false);
  Uncertain("p", kChannel);
  Accepted("p", kChannel, 3, false);
  Serve(1, 1);
  Serve(3, 3);
  Handle(1, 1);
  ToldGap("s", Range(2, 2));
  Handle(3, 3);
  BOOST_TEST(Broken() == "");
}

BOOST_AUTO_TEST_CASE(P2_two_contents_of_one_sequence_are_found) {
  Serve(1, 1);
  Served(kChannel, EncodeEnvelope(Message(1, "2")));
  Handle(1, 1);
  BOOST_TEST(Broken() == "P2");
}

BOOST_AUTO_TEST_CASE(P2_a_sequence_given_twice_is_found) {
  Accepted("p", kChannel, 1, false);
  Accepted("p", kChannel, 1, false);
  Serve(1, 1);
  Handle(1, 1);
  BOOST_TEST(Broken() == "P2");
}

BOOST_AUTO_TEST_CASE(P4_what_was_accepted_into_an_outbox_must_arrive_whatever_happens) {
  Accepted("p", kChannel, 1, true);
  Accepted("p", kChannel, 2, false);
  ProducerStarted("p", true);
  BOOST_TEST(Broken() == "P4");
}

BOOST_AUTO_TEST_CASE(P4_the_order_of_a_stream_is_checked_but_for_what_the_server_refused) {
  Served(kChannel, EncodeEnvelope(Message(2)));
  Served(kChannel, EncodeEnvelope(Message(1)));
  Refused(kChannel, EncodeEnvelope(Message(3)), false);
  Served(kChannel, EncodeEnvelope(Message(4)));
  Served(kChannel, EncodeEnvelope(Message(3)));
  Handle(1, 4);
  BOOST_TEST(Broken() == "P4");
}

BOOST_AUTO_TEST_CASE(R1_order_and_duplicates_are_checked) {
  Serve(1, 2);
  Handle(1, 2);
  Handle(2, 2);
  BOOST_TEST(Broken() == "R1");
}

BOOST_AUTO_TEST_CASE(R2_what_is_skipped_in_silence_is_found) {
  Serve(1, 3);
  Handle(1, 1);
  Handle(3, 3);
  BOOST_TEST(Broken() == "R2");
}

BOOST_AUTO_TEST_CASE(R2_a_gap_over_what_the_server_has_is_a_false_alarm) {
  Serve(1, 3);
  Handle(1, 1);
  ToldGap("s", Range(2, 2));
  Handle(3, 3);
  BOOST_TEST(Broken() == "R2");
}

BOOST_AUTO_TEST_CASE(R2_where_history_may_be_lost_a_gap_is_right_and_a_late_envelope_too) {
  MayLose(kChannel);
  Serve(1, 3);
  Handle(1, 1);
  ToldGap("s", Range(2, 2));
  Handle(3, 3);
  Envelope late = Message(2);
  late.late = true;
  Delivered("s", late);
  Handled("s", late);
  BOOST_TEST(Broken() == "");
}

BOOST_AUTO_TEST_CASE(R2_the_end_of_a_stream_must_arrive) {
  Serve(1, 3);
  Handle(1, 2);
  BOOST_TEST(Broken() == "R2");
}

BOOST_AUTO_TEST_CASE(P4_what_a_life_sent_may_arrive_after_the_next_one_began) {
  Accepted("p", kChannel, 1, false);
  Serve(1, 1);
  const Timestamp next_life = Message(5).produced_at;
  ProducerStarted("p", false, next_life);
  Serve(2, 2);  // Stamped before.
  Envelope first = Message(1);
  first.produced_at = next_life;
  Served(kChannel, EncodeEnvelope(first));
  BOOST_TEST(violations().empty());
}

BOOST_AUTO_TEST_CASE(R3_a_cursor_before_its_handler_is_found) {
  Serve(1, 2);
  Delivered("s", Message(1));
  SavedCursor("s", "p", 1);
  Handled("s", Message(1));
  Handle(2, 2);
  BOOST_TEST(Broken() == "R3");
}

BOOST_AUTO_TEST_CASE(R3_what_a_crash_skipped_is_found) {
  Serve(1, 3);
  Handle(1, 1);
  SavedCursor("s", "p", 1);
  Delivered("s", Message(2));  // And dies.
  ConsumerStarted({.name = "s", .channel = kChannel, .durable = true, .from_start = true});
  Handle(3, 3);
  BOOST_TEST(Broken() == "R3");
}

BOOST_AUTO_TEST_CASE(R3_what_a_crash_in_the_first_handler_skipped_is_found) {
  const Consumer next{.name = "n", .channel = kChannel, .durable = true};
  ConsumerStarted(next);
  Serve(1, 2);
  Handle(1, 2);
  Delivered("n", Message(1));  // And dies.
  ConsumerStarted(next);
  Delivered("n", Message(2));
  Handled("n", Message(2));
  BOOST_TEST(Broken() == "R3");
}

BOOST_AUTO_TEST_CASE(R4_filtered_envelopes_are_not_owed) {
  ConsumerStarted({.name = "f", .channel = kChannel, .from_start = true, .aspects = {"b"}});
  Serve(1, 2);
  Handle(1, 2);
  BOOST_TEST(Broken() == "");
}

BOOST_AUTO_TEST_CASE(R6_a_reset_that_did_not_happen_is_found) {
  Serve(1, 2);
  Handle(1, 2);
  ToldGap("s", {.kind = GapKind::kReset, .channel = kChannel, .producer = "p", .first = 1, .last = 2});
  BOOST_TEST(Finish().front().promise == "R6");
}

BOOST_AUTO_TEST_CASE(causes_that_come_after_their_effects_are_found) {
  Envelope effect = Message(1);
  effect.causation = {kChannel, 2};
  Served(kChannel, EncodeEnvelope(effect));
  BOOST_TEST(violations().front().promise == "causation");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
