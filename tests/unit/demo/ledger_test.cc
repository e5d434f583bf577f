#include "examples/demo/ledger.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace demo {
namespace {

using Names = std::set<std::string>;

/// What a faultless run of ten parts leaves behind.
Evidence Faultless() {
  Evidence evidence;
  evidence.expected = 10;
  for (std::int64_t i = 1; i <= 10; ++i) {
    evidence.hub.push_back({i, static_cast<std::uint64_t>(100 + i)});
    evidence.received.push_back(i);
  }
  evidence.publisher_kills = evidence.subscriber_kills = evidence.connection_cuts = 5;
  evidence.seconds = 1.23456;
  evidence.seed = 18'446'744'073'709'551'615U;
  return evidence;
}

Names Broken(const Ledger& ledger) {
  Names names;
  for (const Failure& failure : ledger.failures) names.insert(failure.promise);
  return names;
}

BOOST_AUTO_TEST_SUITE(ledger)

BOOST_AUTO_TEST_CASE(a_faultless_run_breaks_nothing) {
  const Ledger ledger = Judge(Faultless());
  BOOST_TEST(ledger.failures.empty());
  BOOST_TEST(ledger.published == 10);
  BOOST_TEST(ledger.delivered == 10);
  BOOST_TEST(ledger.lost + ledger.duplicated + ledger.out_of_order + ledger.unreported_gaps == 0);
}

BOOST_AUTO_TEST_CASE(P4_the_same_bytes_again_are_a_resend_and_no_fault) {
  Evidence evidence = Faultless();
  evidence.hub.push_back({9, 109});
  evidence.hub.insert(evidence.hub.begin() + 6, {{4, 104}, {5, 105}});
  const Ledger ledger = Judge(evidence);
  BOOST_TEST(ledger.failures.empty());
  BOOST_TEST(ledger.published == 10);
  BOOST_TEST(ledger.resent == 3);
}

BOOST_AUTO_TEST_CASE(each_fault_is_named_by_the_promise_that_it_breaks) {
  const struct {
    const char* fault;
    std::function<void(Evidence&)> commit;
    Names broken;
  } cases[] = {
      {"a sequence with two contents",
       [](Evidence& e) {
         e.hub.push_back({4, 999});
       },
       {"P2"}},
      {"a sequence beyond the input",
       [](Evidence& e) {
         e.hub.push_back({11, 111});
       },
       {"P1"}},
      {"never reached the hub", [](Evidence& e) { e.hub.pop_back(); }, {"P4"}},
      {"a hole at the hub", [](Evidence& e) { e.hub.erase(e.hub.begin() + 3); }, {"P4"}},
      {"out of order at the hub", [](Evidence& e) { std::swap(e.hub[3], e.hub[4]); }, {"P4"}},
      {"lost", [](Evidence& e) { e.received.erase(e.received.begin() + 3); }, {"R2"}},
      {"lost at the end", [](Evidence& e) { e.received.pop_back(); }, {"R2"}},
      {"nothing received", [](Evidence& e) { e.received.clear(); }, {"R2"}},
      {"duplicated", [](Evidence& e) { e.received.insert(e.received.begin() + 3, 3); }, {"R3"}},
      {"out of order", [](Evidence& e) { std::swap(e.received[3], e.received[4]); }, {"R1"}},
      {"a gap that never was",
       [](Evidence& e) {
         e.reported_gaps.push_back({3, 4});
       },
       {"R2"}},
      {"a reset that never was", [](Evidence& e) { e.reported_resets = 1; }, {"R6"}},
      {"other bytes", [](Evidence& e) { e.first_difference = 17; }, {"R3"}},
      {"too few kills of the publisher", [](Evidence& e) { e.publisher_kills = 4; }, {"demo"}},
      {"too few kills of the subscriber", [](Evidence& e) { e.subscriber_kills = 0; }, {"demo"}},
      {"too few cuts", [](Evidence& e) { e.connection_cuts = 4; }, {"demo"}},
      {"something seen while it ran",
       [](Evidence& e) {
         e.observed.push_back({"L1", "stalled"});
       },
       {"L1"}},
  };
  for (const auto& test : cases) {
    Evidence evidence = Faultless();
    test.commit(evidence);
    const Ledger ledger = Judge(evidence);
    BOOST_TEST((Broken(ledger) == test.broken), test.fault);
    const std::string table = ToTable(ledger, false);
    BOOST_TEST(table.find(*test.broken.begin()) != std::string::npos, test.fault);
    BOOST_TEST(table.find("kept:") == std::string::npos, test.fault);
  }
}

BOOST_AUTO_TEST_CASE(counts_are_exact) {
  Evidence evidence = Faultless();
  evidence.received = {1, 2, 2, 5, 4, 8, 8, 8, 10};
  const Ledger ledger = Judge(evidence);
  BOOST_TEST(ledger.delivered == 9);
  BOOST_TEST(ledger.lost == 4);  // 3, 6, 7, 9
  BOOST_TEST(ledger.duplicated == 3);
  BOOST_TEST(ledger.out_of_order == 1);
  BOOST_TEST(ledger.unreported_gaps == 3);
}

BOOST_AUTO_TEST_CASE(R2_a_hole_counts_as_reported_only_if_all_of_it_was) {
  Evidence evidence = Faultless();
  evidence.received = {1, 2, 7, 10};
  evidence.reported_gaps = {{3, 5}, {8, 8}, {9, 9}};
  const Ledger ledger = Judge(evidence);
  BOOST_TEST(ledger.lost == 6);
  BOOST_TEST(ledger.unreported_gaps == 1);  // [3, 6]; [8, 9] was told in two pieces.
  BOOST_TEST((Broken(ledger) == Names{"R2"}));
}

BOOST_AUTO_TEST_CASE(the_json_has_exactly_the_promised_keys_and_whole_numbers) {
  const auto json = nlohmann::json::parse(ToJson(Judge(Faultless())));
  Names keys;
  for (const auto& [key, value] : json.items()) keys.insert(key);
  BOOST_TEST((keys == Names{"published", "delivered", "lost", "duplicated", "out_of_order", "unreported_gaps",
                            "publisher_kills", "subscriber_kills", "connection_cuts", "seconds", "seed"}));
  BOOST_TEST(json["published"].get<int>() == 10);
  BOOST_TEST(json["publisher_kills"].get<int>() == 5);
  BOOST_TEST(json["seconds"].get<double>() == 1.235);
  BOOST_TEST(json["seed"].get<std::uint64_t>() == 18'446'744'073'709'551'615U);
}

BOOST_AUTO_TEST_CASE(the_table_has_escapes_only_with_colour) {
  Evidence evidence = Faultless();
  for (const bool broken : {false, true}) {
    if (broken) evidence.received.pop_back();
    BOOST_TEST(ToTable(Judge(evidence), false).find('\x1b') == std::string::npos);
    BOOST_TEST(ToTable(Judge(evidence), true).find('\x1b') != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demo
