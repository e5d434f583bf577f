#include "snapshot/ledger.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "snapshot/change_rules.h"
#include "tests/unit/snapshot/fixtures.h"

namespace gapless::test {
namespace {

constexpr auto kMissing = LedgerStatus::kMissing;
constexpr auto kFilled = LedgerStatus::kFilled;
constexpr auto kUnknown = LedgerStatus::kUnknown;
constexpr auto kOpen = LedgerStatus::kOpen;

std::string Ranges(const char* name, const std::vector<SequenceRange>& ranges) {
  std::string text;
  for (const auto& [first, last] : ranges) {
    text += std::string(" ") + name + "[" + std::to_string(first) + "," + std::to_string(last) + "]";
  }
  return text;
}

/// "complete", or why it is not.
std::string Answer(const std::vector<LedgerRow>& rows, std::int64_t cursor, std::int64_t first, std::int64_t last) {
  const Completeness answer = internal::Judge(rows, "writer-1", cursor, first, last);
  const std::string why =
      Ranges("missing", answer.missing) + Ranges("unknown", answer.unknown) + Ranges("pending", answer.pending);
  BOOST_TEST(answer.complete == why.empty());
  return why.empty() ? "complete" : why.substr(1);
}

BOOST_AUTO_TEST_SUITE(ledger)

BOOST_AUTO_TEST_CASE(L6_a_range_is_complete_unless_something_of_it_is_missing_unknown_or_pending) {
  const std::vector<LedgerRow> rows = {Row(1, kUnknown, 1, 10), Row(2, kMissing, 40, 49), Row(3, kFilled, 20, 29),
                                       Row(4, kMissing, 60, 60)};
  const struct {
    std::int64_t first;
    std::int64_t last;
    std::string answer;
  } kCases[] = {
      {11, 39, "complete"},
      {11, 11, "complete"},
      {10, 11, "unknown[10,10]"},
      {1, 39, "unknown[1,10]"},
      {20, 45, "missing[40,45]"},
      {49, 60, "missing[49,49] missing[60,60]"},
      {50, 59, "complete"},
      {61, 100, "complete"},
      {61, 101, "pending[101,101]"},
      {101, INT64_MAX, "pending[101,9223372036854775807]"},
      {1, INT64_MAX, "missing[40,49] missing[60,60] unknown[1,10] pending[101,9223372036854775807]"},
  };
  for (const auto& [first, last, answer] : kCases) BOOST_TEST(Answer(rows, 100, first, last) == answer);
}

BOOST_AUTO_TEST_CASE(L6_the_rows_that_touch_the_range_are_the_evidence) {
  std::vector<LedgerRow> rows = {Row(1, kUnknown, 1, 10), Row(2, kMissing, 40, 49), Row(3, kFilled, 20, 29),
                                 Row(4, LedgerStatus::kReset, 1, 5), Row(5, kOpen, 101, 0)};
  rows.push_back(Row(6, kMissing, 1, 90));
  rows.back().producer = "someone-else";
  const auto ids = [&](std::int64_t first, std::int64_t last) {
    std::string text;
    for (const LedgerRow& row : internal::Judge(rows, "writer-1", 100, first, last).rows)
      text += std::to_string(row.id);
    return text;
  };
  BOOST_TEST(ids(11, 19) == "4");
  BOOST_TEST(ids(29, 40) == "234");
  BOOST_TEST(ids(90, 101) == "45");
}

BOOST_AUTO_TEST_CASE(L6_what_was_told_missing_ahead_of_the_cursor_is_missing_and_not_pending) {
  BOOST_TEST(Answer({Row(1, kMissing, 5, 9)}, 4, 1, 12) == "missing[5,9] pending[10,12]");
  BOOST_TEST(Answer({}, 0, 1, 1) == "pending[1,1]");
}

template <typename Kind>
void CheckHome() {
  const TempDirectory directory;
  const std::string path = directory / "state";
  const ConsumerKey key{"public:app.in", "named"};
  Changes changes;
  changes.ledger = {
      {key, Row(1, kMissing, 5, 9)}, {key, Row(INT64_MAX, kOpen, INT64_MAX, 0)}, {{"", ""}, Row(1, kUnknown, 1, 1)}};
  changes.quarantine = {{key, Kept(1, std::string("\0\xFF", 2))}, {key, Kept(2, "")}};
  Changes more;
  more.ledger = {{key, Row(1, kFilled, 5, 9)}, {key, Row(2, kMissing, 11, 11)}, {key, Row(3, kMissing, 12, 12)}};
  more.ledger_removed = {{key, 3}, {key, INT64_MAX}, {key, 77}};
  more.quarantine_removed = {{key, 2}, {{"other", ""}, 1}};
  {
    const auto snapshotter = Kind::Open(path);
    snapshotter->Load(kProducer);
    snapshotter->Save(changes);
    snapshotter->Save(more);
    for (const std::function<void(Changes&)>& spoil : std::vector<std::function<void(Changes&)>>{
             [&](Changes& bad) {
               bad.ledger = {{key, Row(0, kMissing, 1, 1)}};
             },
             [&](Changes& bad) {
               bad.ledger = {{key, Row(1, kMissing, -1, 1)}};
             },
             [&](Changes& bad) {
               bad.ledger = {{key, Row(1, LedgerStatus{0}, 1, 1)}};
             },
             [&](Changes& bad) {
               bad.ledger = {{{"\xFF", ""}, Row(1, kMissing, 1, 1)}};
             },
             [&](Changes& bad) {
               bad.ledger_removed = {{key, 0}};
             },
             [&](Changes& bad) {
               bad.quarantine = {{key, Kept(1, "")}};
               bad.quarantine[0].second.bytes = nullptr;
             },
             [&](Changes& bad) {
               bad.quarantine = {{key, Kept(1, "")}};
               bad.quarantine[0].second.reason = "\xFF";
             },
             [&](Changes& bad) {
               bad.quarantine_removed = {{key, -1}};
             },
         }) {
      Changes bad;
      spoil(bad);
      EXPECT_ERROR(snapshotter->Save(bad), Errc::kInvalidArgument);
    }
  }
  const std::string expected = Model().Apply(changes).Apply(more).Text();
  BOOST_TEST(Text(Kind::Open(path)->Load(kProducer)) == expected);
  const State state = Kind::Open(path)->Load(kProducer);
  BOOST_TEST(Text(state) == expected);
  BOOST_REQUIRE(state.ledger.at(key).size() == 2U);
  BOOST_TEST((state.ledger.at(key)[0] == Row(1, kFilled, 5, 9)));
}

BOOST_AUTO_TEST_CASE(L6_rows_and_quarantined_envelopes_are_kept_in_files) { CheckHome<FileSnapshotter>(); }
BOOST_AUTO_TEST_CASE(L6_rows_and_quarantined_envelopes_are_kept_in_sqlite) { CheckHome<SqliteSnapshotter>(); }

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
