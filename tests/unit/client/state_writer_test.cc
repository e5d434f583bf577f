#include "client/state_writer.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gapless/runtime.h"
#include "tests/unit/client/fixtures.h"
#include "tests/unit/client/memory_snapshotter.h"

namespace gapless::internal {
namespace {

using std::chrono::milliseconds;
using test::At;

const ConsumerKey kKey{"a", ""};

Progress Moved(const std::string& producer, std::int64_t sequence, std::uint64_t offset) {
  Progress progress;
  progress.moved.cursors[producer] = {sequence, At(sequence)};
  progress.MoveTo({offset, "e"});
  return progress;
}

struct Fixture {
  std::shared_ptr<test::MemorySnapshotter> state = std::make_shared<test::MemorySnapshotter>();
  std::shared_ptr<ManualRuntime> runtime = std::make_shared<ManualRuntime>();
  std::vector<Error> failures;
  std::shared_ptr<StateWriter> writer =
      std::make_shared<StateWriter>(state, runtime, [this](const Error& error) { failures.push_back(error); });

  ~Fixture() { writer->Stop(); }
  /// What save number `index` says of `key`: "p5@7 q2@7".
  std::string Saved(std::size_t index, const ConsumerKey& key = kKey) {
    std::string text;
    const Changes changes = state->saves().at(index);
    for (const auto& [name, consumer] : changes.consumers) {
      if (name != key) continue;
      for (const auto& [producer, cursor] : consumer.cursors) {
        text += (text.empty() ? "" : " ") + producer + std::to_string(cursor.sequence);
      }
      text += "@" + std::to_string(consumer.position.offset);
    }
    return text;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(state_writer, Fixture)

BOOST_AUTO_TEST_CASE(D22_what_is_told_before_the_next_save_is_saved_together) {
  writer->Advance(kKey, Moved("p", 1, 1));
  writer->Advance(kKey, Moved("q", 4, 2));
  writer->Advance(kKey, Moved("p", 2, 3));
  writer->Advance({"b", "other"}, Moved("p", 9, 9));
  writer->Acknowledged("a", 7);
  writer->Acknowledged("a", 8);
  BOOST_TEST(state->begun() == 0u);
  runtime->Settle();
  BOOST_REQUIRE(state->saves().size() == 1u);
  BOOST_TEST(Saved(0) == "p2 q4@3");
  BOOST_TEST(Saved(0, {"b", "other"}) == "p9@9");
  BOOST_TEST(
      (state->saves()[0].outbox_removed == std::vector<std::pair<std::string, std::int64_t>>{{"a", 7}, {"a", 8}}));
  runtime->Settle();
  BOOST_TEST(state->begun() == 1u);
}

BOOST_AUTO_TEST_CASE(a_flush_writes_at_once_and_nothing_twice) {
  writer->Flush();
  BOOST_TEST(state->begun() == 0u);
  writer->Advance(kKey, Moved("p", 1, 1));
  writer->Flush();
  BOOST_TEST(state->saves().size() == 1u);
  runtime->Settle();
  BOOST_TEST(state->begun() == 1u);
}

BOOST_AUTO_TEST_CASE(R3_D23_a_save_that_fails_is_told_and_tried_again_until_it_works) {
  state->Fail(1);
  state->Fail(2);
  writer->Advance(kKey, Moved("p", 1, 1));
  writer->Acknowledged("a", 7);
  runtime->Settle();
  BOOST_TEST(failures.size() == 1u);
  BOOST_TEST((failures.at(0).errc() == Errc::kStateNotWritable));
  runtime->AdvanceTime(milliseconds{500});
  BOOST_TEST(failures.size() == 2u);
  BOOST_TEST(state->saves().empty());
  runtime->AdvanceTime(milliseconds{500});
  BOOST_REQUIRE(state->saves().size() == 1u);
  BOOST_TEST(Saved(0) == "p1@1");
  BOOST_TEST(state->saves()[0].outbox_removed.size() == 1u);
}

BOOST_AUTO_TEST_CASE(D25_what_came_after_a_failed_save_is_not_overwritten_by_it) {
  state->Fail(1);
  Progress newer = Moved("p", 5, 6);
  newer.Add(Moved("q", 1, 6));
  writer->Advance(kKey, newer);
  state->Allow(0);
  // The newer cursor is told while the older one is being saved in vain.
  auto flush = std::async(std::launch::async, [this] { writer->Flush(); });
  state->AwaitBegun(1);
  writer->Advance(kKey, Moved("p", 7, 8));
  writer->Acknowledged("a", 2);
  state->AllowAll();
  flush.get();
  runtime->Settle();
  BOOST_REQUIRE(state->saves().size() == 1u);
  BOOST_TEST(Saved(0) == "p7 q1@8");
}

BOOST_AUTO_TEST_CASE(D25_saves_follow_each_other_so_that_no_older_cursor_ends_up_last) {
  state->Allow(0);
  writer->Advance(kKey, Moved("p", 1, 1));
  auto first = std::async(std::launch::async, [this] { writer->Flush(); });
  state->AwaitBegun(1);
  writer->Advance(kKey, Moved("p", 2, 2));
  auto second = std::async(std::launch::async, [this] { writer->Flush(); });
  state->Allow(1);
  state->AwaitBegun(2);
  BOOST_TEST(state->saves().size() == 1u);
  state->AllowAll();
  first.get();
  second.get();
  BOOST_TEST(Saved(0) == "p1@1");
  BOOST_TEST(Saved(1) == "p2@2");
}

BOOST_AUTO_TEST_CASE(acknowledgements_keep_their_order_over_a_failed_save) {
  state->Fail(1);
  writer->Acknowledged("a", 1);
  writer->Acknowledged("a", 2);
  runtime->Settle();
  writer->Acknowledged("a", 3);
  runtime->AdvanceTime(milliseconds{500});
  const Changes changes = state->saves().at(0);
  std::vector<std::int64_t> removed;
  for (const auto& [channel, sequence] : changes.outbox_removed) removed.push_back(sequence);
  BOOST_TEST(removed == (std::vector<std::int64_t>{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(L6_rows_are_saved_with_the_position_that_passes_them_also_after_a_failure) {
  Progress first = Moved("p", 1, 1);
  LedgerRow row;
  row.id = 1;
  row.producer = "p";
  row.first = row.last = 2;
  first.ledger.Put(row);
  row.id = 2;
  first.ledger.Put(row);
  Progress second = Moved("p", 3, 3);
  second.ledger.Remove(2);
  row.id = 1;
  row.status = LedgerStatus::kFilled;
  second.ledger.Put(row);
  second.quarantine.Remove(9);
  state->Fail(1);
  writer->Advance(kKey, first);
  runtime->Settle();
  BOOST_TEST(state->saves().empty());
  writer->Advance(kKey, second);
  writer->Flush();
  BOOST_TEST(Saved(0) == "p3@3");
  const Changes changes = state->saves().at(0);
  BOOST_REQUIRE(changes.ledger.size() == 1u);
  BOOST_TEST((changes.ledger[0].second == row));
  BOOST_REQUIRE(changes.ledger_removed.size() == 1u);
  BOOST_TEST(changes.ledger_removed[0].second == 2);
  BOOST_REQUIRE(changes.quarantine_removed.size() == 1u);
}

BOOST_AUTO_TEST_CASE(L6_a_removal_alone_moves_no_position) {
  Progress removal;
  removal.quarantine.Remove(9);
  writer->Advance(kKey, removal);
  writer->Flush();
  BOOST_TEST(state->saves().at(0).consumers.empty());
  BOOST_TEST(state->saves().at(0).quarantine_removed.size() == 1u);
}

BOOST_AUTO_TEST_CASE(R3_a_transaction_takes_over_what_is_pending) {
  writer->Advance(kKey, Moved("p", 1, 1));
  writer->Advance({"b", ""}, Moved("p", 2, 2));
  const Progress pending = writer->TakeProgress(kKey);
  BOOST_TEST((pending.moved == Moved("p", 1, 1).moved));
  BOOST_TEST(writer->TakeProgress(kKey).Empty());
  runtime->Settle();
  BOOST_TEST(Saved(0) == "");
  BOOST_TEST(Saved(0, {"b", ""}) == "p2@2");
}

BOOST_AUTO_TEST_CASE(R3_a_transaction_waits_for_a_save_under_way_and_takes_what_that_could_not_write) {
  state->Allow(0);
  state->Fail(1);
  writer->Advance(kKey, Moved("p", 1, 1));
  auto flush = std::async(std::launch::async, [this] { writer->Flush(); });
  state->AwaitBegun(1);
  auto taken = std::async(std::launch::async, [this] { return writer->TakeProgress(kKey); });
  state->AllowAll();
  BOOST_TEST((taken.get().moved == Moved("p", 1, 1).moved));
  flush.get();
}

BOOST_AUTO_TEST_CASE(a_state_that_has_failed_for_good_is_told_once_and_left_alone) {
  state->Fail(1, Errc::kStateFailed);
  writer->Advance(kKey, Moved("p", 1, 1));
  runtime->Settle();
  BOOST_TEST(failures.size() == 1u);
  writer->Advance(kKey, Moved("p", 2, 2));
  writer->Acknowledged("a", 1);
  runtime->AdvanceTime(std::chrono::seconds{10});
  writer->Flush();
  BOOST_TEST(failures.size() == 1u);
  BOOST_TEST(state->begun() == 1u);
}

BOOST_AUTO_TEST_CASE(R5_a_snapshotter_that_throws_something_foreign_is_told_too) {
  state->Fail(1, [] { throw std::runtime_error("of the user's own"); });
  writer->Advance(kKey, Moved("p", 1, 1));
  runtime->Settle();
  BOOST_REQUIRE(failures.size() == 1u);
  BOOST_TEST(std::string(failures[0].what()).find("of the user's own") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(L4_nothing_is_written_in_the_background_after_a_stop) {
  writer->Advance(kKey, Moved("p", 1, 1));
  writer->Stop();
  runtime->Settle();
  writer->Advance(kKey, Moved("p", 2, 2));
  runtime->Settle();
  BOOST_TEST(state->begun() == 0u);
  writer->Flush();
  BOOST_TEST(Saved(0) == "p2@2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::internal
