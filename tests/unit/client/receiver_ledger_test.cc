// What a receiver tells of ranges that arrive after they were reported, and what it knows of them after a restart.

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/client/receiver_fixture.h"

namespace gapless::test {
namespace {

LedgerRow Row(LedgerStatus status, std::int64_t first, std::int64_t last, std::int64_t told_first,
              std::int64_t told_last) {
  LedgerRow row;
  row.producer = "p";
  row.status = status;
  row.first = first;
  row.last = last;
  row.told_first = told_first;
  row.told_last = told_last;
  return row;
}

LedgerRow Missing(std::int64_t first, std::int64_t last) {
  return Row(LedgerStatus::kMissing, first, last, first, last);
}

struct Fixture : ReceiverFixture {
  std::vector<LedgerRow> ledger;

  Fixture() { config.history = false; }
  /// A second life whose cursor is `cursor`.
  void Restart(std::int64_t cursor) {
    restored.cursors["p"] = {cursor, MakeEnvelope(cursor).produced_at};
    restored.position = {static_cast<std::uint64_t>(cursor), "e"};
    receiver.emplace(config, restored, ledger);
    Live(restored.position.offset);
  }
};

BOOST_FIXTURE_TEST_SUITE(receiver_ledger, Fixture)

BOOST_AUTO_TEST_CASE(L6_a_reported_range_that_arrives_after_all_is_told_once_it_is_whole) {
  Make();
  Live();
  Take(Publish(1, 1));
  BOOST_TEST(Take(Publish(5, 2)) == "gap p[2,4], p5");
  BOOST_TEST(Take(Publish(3, 3)) == "late p3");
  BOOST_TEST(Take(Publish(9, 4)) == "gap p[6,8], p9");
  BOOST_TEST(Take(Publish(2, 5)) == "late p2");
  BOOST_TEST(Take(Publish(2, 6)) == Code(Errc::kDuplicate));
  BOOST_TEST(Take(Publish(4, 7)) == "late p4, filled p[2,4]");
  const auto& filled = std::get<Gap>(last.deliveries.back().what);
  BOOST_TEST((filled.cause == GapCause::kArrivedLate));
  BOOST_TEST(last.gaps == 0u);
  BOOST_TEST(Take(Publish(4, 8)) == Code(Errc::kDuplicate));
  BOOST_TEST(Take(Publish(8, 9)) == "late p8");
}

// The gap and its envelope may be saved apart; then the envelope must be asked for again.
BOOST_AUTO_TEST_CASE(R3_a_gap_that_is_told_ahead_of_an_envelope_does_not_move_the_position_past_it) {
  Make();
  Live();
  Take(Publish(1, 1));
  BOOST_TEST(Take(Publish(5, 2)) == "gap p[2,4], p5");
  BOOST_TEST(last.deliveries[0].after.offset == 1u);
  BOOST_TEST(last.deliveries[1].after.offset == 2u);
}

BOOST_AUTO_TEST_CASE(R2_what_was_told_missing_in_an_earlier_life_comes_late_and_not_as_a_duplicate) {
  ledger = {Missing(3, 5)};
  Restart(7);
  BOOST_TEST(Take(Publish(4, 8)) == "late p4");
  BOOST_TEST(Take(Publish(2, 9)) == Code(Errc::kDuplicate));
  BOOST_TEST(Take(Publish(3, 10)) == "late p3");
  BOOST_TEST(Take(Publish(5, 11)) == "late p5, filled p[3,5]");
  BOOST_TEST(Take(Publish(8, 12)) == "p8");
}

BOOST_AUTO_TEST_CASE(L6_a_range_of_which_a_part_came_in_an_earlier_life_is_told_once_it_is_whole) {
  ledger = {Row(LedgerStatus::kMissing, 3, 3, 3, 5), Row(LedgerStatus::kFilled, 4, 4, 3, 5),
            Row(LedgerStatus::kMissing, 5, 5, 3, 5)};
  Restart(7);
  BOOST_TEST(Take(Publish(4, 8)) == Code(Errc::kDuplicate));
  BOOST_TEST(Take(Publish(5, 9)) == "late p5");
  BOOST_TEST(Take(Publish(3, 10)) == "late p3, filled p[3,5]");
}

BOOST_AUTO_TEST_CASE(L6_a_range_that_the_ledger_does_not_know_whole_is_never_told_as_filled) {
  ledger = {Row(LedgerStatus::kMissing, 5, 5, 3, 5)};
  Restart(7);
  BOOST_TEST(Take(Publish(5, 8)) == "late p5");
}

// A process that died between the gap and the envelope behind it.
BOOST_AUTO_TEST_CASE(R2_a_gap_that_is_durable_is_not_told_again_when_its_envelope_comes_again) {
  ledger = {Missing(3, 5)};
  Restart(2);
  BOOST_TEST(Take(Publish(6, 3)) == "p6");
  BOOST_TEST(Take(Publish(3, 4)) == "late p3");
}

BOOST_AUTO_TEST_CASE(R2_so_is_one_of_a_stream_that_has_no_cursor_yet) {
  ledger = {Missing(1, 4)};
  restored.position = {2, "e"};
  receiver.emplace(config, restored, ledger);
  Live(2);
  BOOST_TEST(Take(Publish(5, 3)) == "p5");
  BOOST_TEST(Take(Publish(1, 4)) == "late p1");
}

BOOST_AUTO_TEST_CASE(R2_an_open_gap_of_an_earlier_life_closes_in_the_next) {
  ledger = {Row(LedgerStatus::kOpen, 3, 0, 3, 0)};
  Restart(2);
  BOOST_TEST(receiver->has_open_gap());
  BOOST_TEST(Take(Publish(5, 3)) == "gap p[3,4], p5");
  BOOST_TEST((std::get<Gap>(last.deliveries[0].what).cause == GapCause::kClosedOpen));
  Restart(2);
  BOOST_TEST(Take(Publish(3, 3)) == "none p, p3");
  Restart(2);
  last = {};
  receiver->CloseOpenGaps(last);
  BOOST_TEST(Words(last) == "none p");
}

BOOST_AUTO_TEST_CASE(R6_what_was_abandoned_by_a_reset_is_missing_no_more) {
  ledger = {Row(LedgerStatus::kAbandoned, 1, 1, 1, 1), Row(LedgerStatus::kReset, 1, 9, 1, 9)};
  Restart(3);
  BOOST_TEST(Take(Publish(1, 4)) == Code(Errc::kDuplicate));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
