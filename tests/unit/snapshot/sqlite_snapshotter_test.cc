#include <boost/test/unit_test.hpp>
#include <string>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/sqlite_fixture.h"
#include "tests/unit/snapshot/watched_vfs.h"

namespace gapless::test {
namespace {

BOOST_FIXTURE_TEST_SUITE(sqlite_snapshotter, SqliteFixture)

BOOST_AUTO_TEST_CASE(missing_state_is_a_fresh_start) {
  const State state = Reopen();
  BOOST_TEST(Text(state) == "");
  BOOST_TEST(state.boot_count == 1);
  BOOST_TEST(state.instance_id.size() == 32U);
}

BOOST_AUTO_TEST_CASE(everything_saved_is_there_after_reopening) {
  OpenWithSaves(12);
  BOOST_TEST(Text(Reopen()) == SampleText(12));
}

BOOST_AUTO_TEST_CASE(D24_a_save_is_durable_when_it_returns_without_any_close) {
  const WatchedVfs vfs;
  const auto snapshotter = Open();
  snapshotter->Load(kProducer);
  for (int number = 1; number <= 5; ++number) {
    snapshotter->Save(SampleSave(number));
    BOOST_TEST(vfs.log_is_synced());
    BOOST_TEST(vfs.log_bytes() > 0);
  }
  CopyState(directory / "copy");
  BOOST_TEST(Text(SqliteSnapshotter::Open(directory / "copy")->Load(kProducer)) == SampleText(5));
}

BOOST_AUTO_TEST_CASE(names_with_any_characters_and_the_largest_numbers_come_back) {
  Changes changes;
  const std::string odd("a\0b'\"%_\xC3\xA9", 9);
  changes.produced = {{odd, INT64_MAX}, {"", 1}, {"A", 2}, {"a", 3}};
  changes.outbox_added = {Entry(odd, INT64_MAX, std::string("\0\xFF", 2)), Entry("", 1, "")};
  ConsumerState consumer;
  consumer.cursors[odd] = {INT64_MAX, kUnsetTime};
  consumer.position = {UINT64_MAX, odd};
  changes.consumers = {{ConsumerKey{odd, odd}, consumer}};
  const std::string expected = Model().Apply(changes).Text();
  {
    auto snapshotter = Open();
    snapshotter->Load(kProducer);
    snapshotter->Save(changes);
  }
  BOOST_TEST(Text(Reopen()) == expected);
}

BOOST_AUTO_TEST_CASE(instance_id_stays_and_every_opening_counts) {
  const State first = Reopen();
  const State second = Reopen();
  BOOST_TEST(second.instance_id == first.instance_id);
  BOOST_TEST(second.boot_count == 2);
}

BOOST_AUTO_TEST_CASE(databases_in_memory_do_not_meet) {
  const auto first = SqliteSnapshotter::Open(":memory:");
  const auto second = SqliteSnapshotter::Open(":memory:");
  first->Load(kProducer);
  first->Save(SampleSave(1));
  BOOST_TEST(Text(second->Load(kProducer)) == "");
  BOOST_TEST(!FileExists(":memory:"));
}

BOOST_AUTO_TEST_CASE(D25_no_order_of_saves_lowers_a_number) {
  {
    auto snapshotter = Open();
    snapshotter->Load(kProducer);
    for (const std::int64_t sequence : {5, 9, 2, 9, 1}) snapshotter->Save(Produced("public:app.a", sequence));
  }
  BOOST_TEST(Text(Reopen()) == "produced public:app.a=9\n");
}

BOOST_AUTO_TEST_CASE(outbox_entries_stay_in_order_are_kept_once_and_go_when_acknowledged) {
  {
    auto snapshotter = Open();
    snapshotter->Load(kProducer);
    Changes changes;
    changes.outbox_added = {Entry("public:app.z", 1, "z1"), Entry("public:app.a", 1, "a1"),
                            Entry("public:app.z", 2, "")};
    snapshotter->Save(changes);
    Changes again;
    again.outbox_added = {Entry("public:app.a", 1, "other bytes"), Entry("public:app.a", 2, "a2")};
    again.outbox_removed = {{"public:app.z", 1}, {"public:app.none", 4}};
    snapshotter->Save(again);
  }
  BOOST_TEST(Text(Reopen()) == "outbox public:app.a#1=a1\noutbox public:app.z#2=\noutbox public:app.a#2=a2\n");
}

BOOST_AUTO_TEST_CASE(calls_out_of_order_and_bad_arguments_are_refused) {
  EXPECT_ERROR(SqliteSnapshotter::Open(""), Errc::kInvalidArgument);
  EXPECT_ERROR(SqliteSnapshotter::Open(std::string("a\0b", 3)), Errc::kInvalidArgument);
  EXPECT_ERROR(SqliteSnapshotter::Open(directory / "none/state.db"), Errc::kStateNotWritable);
  EXPECT_ERROR(SqliteSnapshotter::Open(directory / "."), Errc::kInvalidArgument);
  EXPECT_ERROR(SqliteSnapshotter::Open("/dev/null"), Errc::kInvalidArgument);
  EXPECT_ERROR(SqliteSnapshotter::Open(path, {"gapless_", std::chrono::milliseconds{-1}}), Errc::kInvalidArgument);
  for (const std::string& prefix :
       {std::string(), std::string("a-b"), std::string("a\"b"), std::string("a b"), std::string("sqlite_"),
        std::string("SQLite_x"), std::string("\xC3\xA9"), std::string("a\0b", 3), std::string(65, 'a')}) {
    EXPECT_ERROR(Open(prefix), Errc::kInvalidArgument);
  }
  auto snapshotter = Open();
  EXPECT_ERROR(snapshotter->Save(Produced("public:app.a", 1)), Errc::kInvalidState);
  EXPECT_ERROR(snapshotter->Transact([](Transaction&) { return Changes{}; }), Errc::kInvalidState);
  EXPECT_ERROR(snapshotter->Load(""), Errc::kInvalidArgument);
  snapshotter->Load(kProducer);
  EXPECT_ERROR(snapshotter->Load(kProducer), Errc::kInvalidState);
  EXPECT_ERROR(snapshotter->Save(Produced("public:app.a", 0)), Errc::kInvalidArgument);
  EXPECT_ERROR(snapshotter->Save(Produced("a\xC3", 1)), Errc::kInvalidArgument);
  snapshotter->Save({});
  snapshotter->Save(Produced("public:app.a", 1));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
