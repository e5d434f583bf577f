#include "client/gap_ledger.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "snapshot/ledger.h"
#include "tests/unit/client/fixtures.h"

namespace gapless::internal {
namespace {

using test::At;

struct Fixture {
  ConsumerRecord record;
  std::size_t limit = 100;
  std::optional<GapLedger> ledger;
  std::int64_t now = 0;

  void Make() { ledger.emplace(record, limit); }
  void Collect() { ledger->TakeEdits().ApplyTo(record.ledger); }
  void Tell(GapKind kind, std::int64_t first, std::int64_t last, const std::string& producer = "p",
            GapCause cause = GapCause::kNotInHistory) {
    if (!ledger) Make();
    ledger->Tell({kind, test::kChannel, producer, first, last, cause}, At(++now));
    Collect();
  }
  void Range(std::int64_t first, std::int64_t last) { Tell(GapKind::kRange, first, last); }
  void Arrive(std::int64_t sequence, bool late = false, const std::string& producer = "p") {
    if (!ledger) Make();
    ledger->Arrive(producer, sequence, late, At(++now));
    Collect();
  }
  void Late(std::int64_t sequence) { Arrive(sequence, true); }
  /// What state holds: "missing p[2,4]", and what was told where that is more: "filled p[3,3] of [2,4]".
  std::string Rows() const {
    std::string text;
    for (const auto& [id, row] : record.ledger) {
      if (!text.empty()) text += ", ";
      text += std::string(ToString(row.status)) + " " + row.producer + "[" + std::to_string(row.first) + "," +
              std::to_string(row.last) + "]";
      if (row.told_first != row.first || row.told_last != row.last) {
        text += " of [" + std::to_string(row.told_first) + "," + std::to_string(row.told_last) + "]";
      }
    }
    return text;
  }
  /// Another life on what was saved.
  void Restart() { Make(); }
};

BOOST_FIXTURE_TEST_SUITE(gap_ledger, Fixture)

BOOST_AUTO_TEST_CASE(L6_every_range_that_was_told_is_a_row_with_its_cause_and_time) {
  Tell(GapKind::kRange, 2, 4, "p", GapCause::kEpochChanged);
  Tell(GapKind::kRange, 7, 7, "q", GapCause::kNoHistory);
  BOOST_TEST(Rows() == "missing p[2,4], missing q[7,7]");
  const LedgerRow& row = record.ledger.at(1);
  BOOST_TEST((row.cause == GapCause::kEpochChanged));
  BOOST_TEST((row.found_at == At(1)));
  BOOST_TEST((row.ended_at == kUnsetTime));
}

BOOST_AUTO_TEST_CASE(L6_a_late_arrival_splits_its_row_and_what_came_grows_together_again) {
  Range(2, 6);
  Late(4);
  BOOST_TEST(Rows() == "missing p[2,3] of [2,6], missing p[5,6] of [2,6], filled p[4,4] of [2,6]");
  Late(2);
  Late(5);
  BOOST_TEST(Rows() ==
             "missing p[3,3] of [2,6], missing p[6,6] of [2,6], filled p[4,5] of [2,6], filled p[2,2] of [2,6]");
  Late(3);
  BOOST_TEST(Rows() == "missing p[6,6] of [2,6], filled p[2,5] of [2,6]");
  Late(3);
  Late(7);
  Late(1);
  Late(6);
  BOOST_TEST(Rows() == "filled p[2,6]");
  BOOST_TEST((record.ledger.begin()->second.ended_at == At(now)));
  BOOST_TEST((record.ledger.begin()->second.found_at == At(1)));
}

BOOST_AUTO_TEST_CASE(L6_two_gaps_side_by_side_stay_two) {
  Range(2, 2);
  Range(3, 3);
  Late(2);
  Late(3);
  BOOST_TEST(Rows() == "filled p[2,2], filled p[3,3]");
}

BOOST_AUTO_TEST_CASE(L6_an_open_gap_ends_as_a_range_as_nothing_or_abandoned) {
  Tell(GapKind::kOpen, 3, 0, "p", GapCause::kEpochChanged);
  Tell(GapKind::kOpen, 5, 0, "q");
  Tell(GapKind::kOpen, 8, 0, "r");
  BOOST_TEST(Rows() == "open p[3,0], open q[5,0], open r[8,0]");
  Tell(GapKind::kRange, 3, 4, "p", GapCause::kClosedOpen);
  Tell(GapKind::kNone, 5, 0, "q", GapCause::kClosedOpen);
  Tell(GapKind::kReset, 1, 7, "r", GapCause::kReset);
  BOOST_TEST(Rows() == "missing p[3,4], nothing q[5,0], abandoned r[8,0], reset r[1,7]");
  BOOST_TEST((record.ledger.at(1).cause == GapCause::kEpochChanged));
  BOOST_TEST((record.ledger.at(2).ended_at == At(5)));
}

BOOST_AUTO_TEST_CASE(L2_open_gaps_that_nobody_closes_are_one_row) {
  for (int n = 0; n < 5; ++n) Tell(GapKind::kOpen, 0, 0, "");
  BOOST_TEST(Rows() == "open [0,0]");
}

BOOST_AUTO_TEST_CASE(R6_a_reset_abandons_what_was_missing_and_joins_nothing_to_the_life_before) {
  Range(2, 5);
  Late(3);
  Tell(GapKind::kReset, 4, 9, "p", GapCause::kReset);
  Range(1, 3);
  Late(2);
  BOOST_TEST(Rows() ==
             "abandoned p[2,2] of [2,5], abandoned p[4,5] of [2,5], filled p[3,3] of [2,5], reset p[4,9], "
             "missing p[1,1] of [1,3], missing p[3,3] of [1,3], filled p[2,2] of [1,3]");
  Restart();
  Late(3);
  BOOST_TEST(Rows() ==
             "abandoned p[2,2] of [2,5], abandoned p[4,5] of [2,5], filled p[3,3] of [2,5], reset p[4,9], "
             "missing p[1,1] of [1,3], filled p[2,3] of [1,3]");
}

BOOST_AUTO_TEST_CASE(L6_of_what_lies_before_the_first_envelope_nothing_is_known) {
  Arrive(57);
  BOOST_TEST(Rows() == "unknown p[1,56]");
  Arrive(58);
  Arrive(1, false, "q");
  BOOST_TEST(Rows() == "unknown p[1,56]");
}

BOOST_AUTO_TEST_CASE(L6_unless_it_was_told_as_missing) {
  Range(1, 4);
  Arrive(5);
  BOOST_TEST(Rows() == "missing p[1,4]");
  Tell(GapKind::kRange, 11, 14, "q");
  Arrive(15, false, "q");
  BOOST_TEST(Rows() == "missing p[1,4], missing q[11,14], unknown q[1,10]");
}

BOOST_AUTO_TEST_CASE(L6_a_restart_goes_on_where_the_ledger_was) {
  record.state.cursors["p"] = {10, At(1)};
  Range(4, 6);
  Restart();
  Arrive(11);
  Range(13, 13);
  Late(5);
  BOOST_TEST(Rows() == "missing p[4,4] of [4,6], missing p[13,13], missing p[6,6] of [4,6], filled p[5,5] of [4,6]");
}

BOOST_AUTO_TEST_CASE(R2_a_gap_that_is_told_again_after_a_crash_is_one_row) {
  Range(2, 4);
  Restart();
  Range(2, 4);
  BOOST_TEST(Rows() == "missing p[2,4]");
}

BOOST_AUTO_TEST_CASE(L2_above_the_limit_the_oldest_that_ended_goes_first) {
  limit = 3;
  Range(2, 2);
  Range(4, 4);
  Range(6, 6);
  Late(4);
  Range(8, 8);
  BOOST_TEST(Rows() == "missing p[2,2], missing p[6,6], missing p[8,8]");
}

BOOST_AUTO_TEST_CASE(L2_and_where_none_ended_nothing_is_known_of_the_oldest_any_more) {
  limit = 3;
  record.state.cursors["p"] = {100, At(1)};
  for (const std::int64_t at : {2, 4, 6, 8, 10}) Range(at, at);
  BOOST_TEST(Rows() == "missing p[6,6], missing p[8,8], unknown p[1,4], missing p[10,10]");
  std::vector<LedgerRow> rows;
  for (const auto& [id, row] : record.ledger) rows.push_back(row);
  BOOST_TEST(!Judge(rows, "p", 100, 3, 3).complete);
  BOOST_TEST(Judge(rows, "p", 100, 7, 7).complete);
  BOOST_TEST(Judge(rows, "p", 100, 11, 100).complete);
}

BOOST_AUTO_TEST_CASE(L2_late_arrivals_in_any_order_never_exceed_the_limit) {
  limit = 8;
  record.state.cursors["p"] = {100, At(1)};
  Range(1, 60);
  for (std::int64_t at = 2; at <= 60; at += 2) {
    Late(at);
    std::size_t counted = 0;
    for (const auto& [id, row] : record.ledger) counted += row.status != LedgerStatus::kUnknown ? 1 : 0;
    BOOST_TEST(counted <= limit);
  }
  // Whatever it let go of, it claims nothing complete that is not.
  std::vector<LedgerRow> rows;
  for (const auto& [id, row] : record.ledger) rows.push_back(row);
  for (std::int64_t at = 1; at <= 59; at += 2) BOOST_TEST(!Judge(rows, "p", 100, at, at).complete);
}

BOOST_AUTO_TEST_CASE(what_arrives_in_order_concerns_the_ledger_once) {
  Make();
  BOOST_TEST(ledger->Concerns("p", false));
  Arrive(1);
  BOOST_TEST(!ledger->Concerns("p", false));
  BOOST_TEST(ledger->Concerns("p", true));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::internal
