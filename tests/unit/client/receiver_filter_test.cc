// What a subscription with a tag filter makes of a stream in which holes are normal.

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/client/receiver_fixture.h"

namespace gapless::internal {
namespace {

using test::At;
using test::kChannel;
using test::MakeEnvelope;
using test::Publish;

Publication Tagged(std::int64_t sequence, std::uint64_t offset, const std::string& kind = "wanted",
                   const std::string& producer = "p") {
  Publication publication = Publish(sequence, offset, producer);
  publication.tags = {{"kind", kind}};
  return publication;
}

SubscribeReply Recovered(std::uint64_t from, std::vector<Publication> publications) {
  return {true, {from, "e"}, Recovery::kRecovered, std::move(publications)};
}

struct Fixture : test::ReceiverFixture {
  Fixture() {
    config.filter = TagFilter::Equal("kind", "wanted");
    Make();
  }
  std::string Unrecovered(std::uint64_t top) { return Attach({true, {top, "e"}, Recovery::kNotRecovered, {}}); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(receiver_filter, Fixture)

BOOST_AUTO_TEST_CASE(C32_holes_that_a_server_filtered_are_no_gaps) {
  Live();
  BOOST_TEST(Take(Tagged(2, 2)) == "p2");
  BOOST_TEST(Take(Tagged(5, 7)) == "p5");
  BOOST_TEST(!last.history.has_value());
  BOOST_TEST(last.gaps == 0U);
  BOOST_TEST(Take(Tagged(6, 8)) == "p6");
}

BOOST_AUTO_TEST_CASE(C32_what_a_server_did_not_filter_is_left_out_here) {
  Live();
  BOOST_TEST(Take(Tagged(1, 1, "other")) == "");
  BOOST_TEST(Take(Publish(2, 2)) == "");
  BOOST_TEST(Take(Tagged(3, 3)) == "p3");
  BOOST_TEST(receiver->position()->offset == 3U);
}

BOOST_AUTO_TEST_CASE(C32_a_recovery_that_the_server_vouches_for_leaves_no_gap) {
  Live();
  Take(Tagged(2, 2));
  receiver->Detach();
  BOOST_TEST(Attach(Recovered(2, {Tagged(5, 5), Tagged(9, 9)}), Position{2, "e"}) == "p5, p9");
  BOOST_TEST(Take(Tagged(12, 12)) == "p12");
}

BOOST_AUTO_TEST_CASE(C32_R1_a_history_that_repairs_is_filtered_and_what_it_lacks_is_a_gap) {
  Live();
  Take(Tagged(2, 2));
  receiver->Detach();
  BOOST_TEST(Unrecovered(9) == "");
  BOOST_REQUIRE(last.history.has_value());
  BOOST_TEST(last.history->since->offset == 2U);
  BOOST_TEST(Take(Tagged(12, 12)) == "");  // Held.
  // A history leaves nothing out, so what is not in it is lost: 3 to 5 at least.
  BOOST_TEST(History({Tagged(6, 6, "other"), Tagged(7, 7), Tagged(8, 8, "other"), Tagged(9, 9)}, {9, "e"}) ==
             "gap p[3,6], p7, p9, p12");
}

BOOST_AUTO_TEST_CASE(C32_R1_a_history_that_is_whole_leaves_no_gap) {
  Live();
  Take(Tagged(2, 2));
  receiver->Detach();
  Unrecovered(5);
  BOOST_TEST(History({Tagged(3, 3, "other"), Tagged(4, 4), Tagged(5, 5, "other")}, {5, "e"}) == "p4");
}

BOOST_AUTO_TEST_CASE(C32_R2_without_history_a_loss_opens_a_gap_that_the_next_one_closes) {
  config.history = false;
  Make();
  Live();
  Take(Tagged(2, 2));
  receiver->Detach();
  BOOST_TEST(Unrecovered(9) == "open p[3,?]");
  BOOST_TEST(Take(Tagged(8, 12)) == "gap p[3,7], p8");
  BOOST_TEST(Take(Tagged(11, 15)) == "p11");
}

BOOST_AUTO_TEST_CASE(C32_what_comes_late_into_a_hole_is_delivered_and_a_copy_is_not) {
  Live();
  Take(Tagged(1, 1));
  Take(Tagged(6, 4));
  BOOST_TEST(Take(Tagged(5, 5)) == "late p5");
  BOOST_TEST(Take(Tagged(5, 6)) == test::Code(Errc::kDuplicate));
  BOOST_TEST(Take(Tagged(6, 7)) == test::Code(Errc::kDuplicate));
}

BOOST_AUTO_TEST_CASE(C32_R6_a_reset_is_told_without_a_range_that_the_filter_may_explain) {
  Live();
  Take(Tagged(7, 7));
  Envelope reset = MakeEnvelope(3);
  reset.produced_at = At(9'000'000);
  Publication publication{EncodeEnvelope(reset), 9, {{"kind", "wanted"}}};
  BOOST_TEST(Take(publication) == "reset p, p3");
}

BOOST_AUTO_TEST_CASE(C32_a_replay_tells_no_gap_for_what_does_not_match) {
  config.from_start = true;
  Make();
  Attach({true, {4, "e"}, Recovery::kNotAsked, {}});
  BOOST_TEST(History({Tagged(1, 1, "other"), Tagged(2, 2), Tagged(3, 3, "other"), Tagged(4, 4)}, {4, "e"}) == "p2, p4");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
