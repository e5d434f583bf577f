#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

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

BOOST_AUTO_TEST_CASE(L5_a_second_client_in_this_process_is_refused_until_the_first_is_gone) {
  auto first = Open();
  EXPECT_ERROR(Open(), Errc::kStateLocked);
  std::filesystem::create_symlink(path, directory / "other-name");
  EXPECT_ERROR(SqliteSnapshotter::Open(directory / "other-name"), Errc::kStateLocked);
  EXPECT_ERROR(SqliteSnapshotter::Open(directory / "./state.db"), Errc::kStateLocked);
  // Tables of these names would be the same tables.
  EXPECT_ERROR(Open("GAPLESS_"), Errc::kStateLocked);
  first.reset();
  Open();
}

BOOST_AUTO_TEST_CASE(L5_a_database_with_two_names_is_refused) {
  Reopen();
  std::filesystem::create_hard_link(path, directory / "twin.db");
  EXPECT_ERROR(Open(), Errc::kInvalidArgument);
  EXPECT_ERROR(SqliteSnapshotter::Open(directory / "twin.db"), Errc::kInvalidArgument);
}

BOOST_AUTO_TEST_CASE(databases_in_memory_do_not_meet) {
  const auto first = SqliteSnapshotter::Open(":memory:");
  const auto second = SqliteSnapshotter::Open(":memory:");
  first->Load(kProducer);
  first->Save(SampleSave(1));
  BOOST_TEST(Text(second->Load(kProducer)) == "");
  BOOST_TEST(!FileExists(":memory:"));
}

BOOST_AUTO_TEST_CASE(D28_the_state_of_another_producer_is_foreign_and_left_alone) {
  OpenWithSaves(3);
  EXPECT_ERROR(Open()->Load("someone-else"), Errc::kStateForeign);
  const State state = Reopen();
  BOOST_TEST(Text(state) == SampleText(3));
  BOOST_TEST(state.boot_count == 2);
}

BOOST_AUTO_TEST_CASE(D28_a_newer_schema_is_foreign_and_left_alone) {
  OpenWithSaves(3);
  OtherConnection(path).Run("UPDATE gapless_state SET schema_version = 99");
  EXPECT_ERROR(Open(), Errc::kStateForeign);
  BOOST_TEST(OtherConnection(path).Ask("SELECT schema_version FROM gapless_state") == "99");
}

BOOST_AUTO_TEST_CASE(D27_a_file_that_is_no_database_is_an_error_and_stays_as_it_is) {
  const std::string garbage(5'000, 'g');
  WriteFile(path, garbage);
  EXPECT_ERROR(Open(), Errc::kStateForeign);
  BOOST_TEST(ReadFile(path) == garbage);
  std::filesystem::remove(path);
  OpenWithSaves(1);
  WriteFile(path, garbage);
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
  BOOST_TEST(ReadFile(path) == garbage);
}

BOOST_AUTO_TEST_CASE(D27_a_database_that_lost_the_state_is_not_a_fresh_start) {
  OpenWithSaves(3);
  const std::string whole = ReadFile(path);
  WriteFile(path, "");
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
  WriteFile(path, whole);
  {
    OtherConnection other(path);
    for (const char* table : {"state", "produced", "cursors", "positions", "outbox"}) {
      other.Run(std::string("DROP TABLE gapless_") + table);
    }
  }
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
  WriteFile(path, whole);
  OtherConnection(path).Run("DROP TABLE gapless_outbox");
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
  WriteFile(path, whole);
  OtherConnection(path).Run("DELETE FROM gapless_state");
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
}

BOOST_AUTO_TEST_CASE(a_removed_database_is_a_fresh_start_unless_its_log_is_still_there) {
  OpenWithSaves(3);
  std::filesystem::remove(path);
  BOOST_TEST(Text(Reopen()) == "");
  std::filesystem::remove(path);
  WriteFile(path + "-wal", "frames");
  EXPECT_ERROR(Open(), Errc::kStateCorrupt);
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be_are_corrupt) {
  const char* const kStatements[] = {
      "UPDATE gapless_state SET boot_count = -1",
      "UPDATE gapless_state SET boot_count = 'many'",
      "UPDATE gapless_state SET boot_count = 9223372036854775807",
      "UPDATE gapless_state SET instance_id = NULL",
      "UPDATE gapless_state SET schema_version = 0",
      "UPDATE gapless_state SET schema_version = -1",
      "UPDATE gapless_positions SET epoch = x'00'",
      "UPDATE gapless_positions SET stream_offset = 1.5",
      "UPDATE gapless_cursors SET produced_at = 'noon'",
      "UPDATE gapless_outbox SET bytes = 7",
      "UPDATE gapless_gaps SET status = 0",
      "UPDATE gapless_gaps SET cause = 99",
      "UPDATE gapless_gaps SET first_sequence = -1",
      "UPDATE gapless_gaps SET found_at = 'noon'",
      "UPDATE gapless_quarantine SET bytes = 7",
      "UPDATE gapless_quarantine SET code = 'bad'",
      "PRAGMA ignore_check_constraints = ON; UPDATE gapless_reserved SET ceiling = -4",
      "PRAGMA ignore_check_constraints = ON; UPDATE gapless_produced SET sequence = -4",
      "PRAGMA ignore_check_constraints = ON; UPDATE gapless_produced SET sequence = 'x'",
      "UPDATE gapless_outbox SET channel = CAST(x'FF' AS TEXT) WHERE place = (SELECT max(place) FROM gapless_outbox)",
  };
  for (const char* statement : kStatements) {
    BOOST_TEST_CONTEXT(statement) {
      OpenWithSaves(6);
      OtherConnection(path).Run(statement);
      EXPECT_ERROR(Reopen(), Errc::kStateCorrupt);
      std::filesystem::remove(path);
    }
  }
}

// SQLite has no checksums on its pages, so damage may pass for data; but nothing may crash, hang or throw anything
// else.
BOOST_AUTO_TEST_CASE(damaged_databases_give_typed_errors) {
  OpenWithSaves(12);
  const std::string whole = ReadFile(path);
  std::mt19937_64 random(11);
  int refused = 0;
  for (int round = 0; round < 150; ++round) {
    std::string bytes = whole;
    if (round % 3 == 0) {
      bytes.resize(random() % bytes.size());
    } else {
      for (std::uint64_t hits = 1 + random() % 20; hits > 0; --hits) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
    }
    std::filesystem::remove(path + "-wal");
    std::filesystem::remove(path + "-shm");
    WriteFile(path, bytes);
    std::string message;
    const auto thrown = ErrcOf([&] { Reopen(); }, &message);
    if (thrown) ++refused;
    const bool is_typed =
        !thrown || thrown == Errc::kStateCorrupt || thrown == Errc::kStateForeign || thrown == Errc::kStateNotWritable;
    if (!is_typed) BOOST_ERROR("round " << round << " threw " << message);
  }
  BOOST_TEST(refused > 50);
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

/// Bytes that one save of one channel adds to the log, in a state that knows `channels`.
std::int64_t CostOfOneSave(const std::string& path, const WatchedVfs& vfs, int channels) {
  auto snapshotter = SqliteSnapshotter::Open(path);
  snapshotter->Load(kProducer);
  Changes all;
  for (int channel = 0; channel < channels; ++channel) {
    all.produced.emplace_back("public:app.room." + std::to_string(100'000 + channel), 1);
  }
  snapshotter->Save(all);
  const std::int64_t before = vfs.log_bytes();
  snapshotter->Save(Produced("public:app.room.100000", 2));
  return vfs.log_bytes() - before;
}

BOOST_AUTO_TEST_CASE(D22_a_save_writes_as_much_whatever_the_number_of_channels) {
  const WatchedVfs vfs;
  const std::int64_t few = CostOfOneSave(directory / "few.db", vfs, 1);
  const std::int64_t many = CostOfOneSave(directory / "many.db", vfs, 10'000);
  BOOST_TEST(few > 0);
  BOOST_TEST(many == few);
}

BOOST_AUTO_TEST_CASE(many_threads_share_commits_and_lose_nothing) {
  constexpr int kThreads = 8;
  constexpr int kSaves = 60;
  std::vector<std::string> problems(kThreads);
  // A disk takes its time for a sync, in which the others gather.
  const TempDirectory disk(true);
  const std::string shared = disk / "state.db";
  {
    const WatchedVfs vfs(true);
    auto snapshotter = SqliteSnapshotter::Open(shared);
    snapshotter->Load(kProducer);
    const std::int64_t before = vfs.log_syncs();
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int number = 1; number <= kSaves; ++number) {
          const auto thrown =
              ErrcOf([&] { snapshotter->Save(Produced("public:app." + std::to_string(thread), number)); },
                     &problems[static_cast<std::size_t>(thread)]);
          if (thrown) return;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(vfs.log_syncs() - before < kThreads * kSaves, "no two saves shared a commit");
    for (const char* suffix : {"", "-wal"}) WriteFile((directory / "copy") + suffix, ReadFile(shared + suffix));
  }
  for (const std::string& problem : problems) BOOST_TEST(problem == "");
  const State state = SqliteSnapshotter::Open(directory / "copy")->Load(kProducer);
  BOOST_TEST(state.produced.size() == static_cast<std::size_t>(kThreads));
  for (const auto& [channel, sequence] : state.produced) BOOST_TEST(sequence == kSaves);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(sqlite_in_a_users_database, SqliteFixture)

BOOST_AUTO_TEST_CASE(a_database_made_for_state_is_marked_as_such) {
  Reopen();
  BOOST_TEST(OtherConnection(path).Ask("PRAGMA application_id") == std::to_string(0x4741504C));
  BOOST_TEST(OtherConnection(path).Ask("PRAGMA user_version") == "0");
}

BOOST_AUTO_TEST_CASE(what_is_the_users_stays_as_it_is) {
  {
    OtherConnection user(path);
    user.Run("PRAGMA application_id = 77; PRAGMA user_version = 5; CREATE TABLE orders (id INTEGER PRIMARY KEY);");
    user.Run("INSERT INTO orders VALUES (1), (2)");
  }
  OpenWithSaves(4);
  OtherConnection user(path);
  BOOST_TEST(user.Ask("PRAGMA application_id") == "77");
  BOOST_TEST(user.Ask("PRAGMA user_version") == "5");
  BOOST_TEST(user.Ask("SELECT count(*) FROM orders") == "2");
  BOOST_TEST(Text(Reopen()) == SampleText(4));
}

// Nobody asked us to mark it, although it names no application.
BOOST_AUTO_TEST_CASE(a_users_database_without_a_mark_gets_none) {
  OtherConnection(path).Run("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
  Reopen();
  BOOST_TEST(OtherConnection(path).Ask("PRAGMA application_id") == "0");
}

BOOST_AUTO_TEST_CASE(the_user_may_go_on_reading_and_writing) {
  const auto snapshotter = OpenWithSaves(1);
  OtherConnection user(path);
  user.Run("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
  for (int number = 2; number <= 6; ++number) {
    user.Run("INSERT INTO orders VALUES (" + std::to_string(number) + ")");
    snapshotter->Save(SampleSave(number));
    BOOST_TEST(user.Ask("SELECT max(sequence) FROM gapless_produced") == std::to_string(number));
  }
}

BOOST_AUTO_TEST_CASE(two_states_under_two_prefixes_live_side_by_side) {
  const auto one = Open("one_");
  const auto two = Open("2_");
  one->Load("producer-1");
  two->Load("producer-2");
  one->Save(Produced("public:app.a", 1));
  two->Save(Produced("public:app.a", 2));
  BOOST_TEST(OtherConnection(path).Ask("SELECT sequence FROM one_produced") == "1");
  BOOST_TEST(OtherConnection(path).Ask("SELECT sequence FROM \"2_produced\"") == "2");
}

BOOST_AUTO_TEST_CASE(tables_of_these_names_that_are_not_ours_are_foreign_and_left_alone) {
  for (const char* sql : {"CREATE TABLE gapless_state (colour TEXT)", "CREATE TABLE gapless_OUTBOX (colour TEXT)"}) {
    OtherConnection(path).Run(sql);
    EXPECT_ERROR(Open(), Errc::kStateForeign);
    BOOST_TEST(OtherConnection(path).Ask("SELECT count(*) FROM sqlite_master") == "1");
    std::filesystem::remove(path);
  }
}

BOOST_AUTO_TEST_CASE(a_database_locked_by_the_user_refuses_saves_without_effect) {
  const auto snapshotter = OpenWithSaves(2);
  OtherConnection user(path);
  user.Run("BEGIN IMMEDIATE");
  EXPECT_ERROR(snapshotter->Save(SampleSave(3)), Errc::kStateNotWritable);
  EXPECT_ERROR(snapshotter->Transact([](Transaction&) { return SampleSave(3); }), Errc::kStateNotWritable);
  user.Run("COMMIT");
  BOOST_TEST(user.Ask("SELECT max(sequence) FROM gapless_produced") == "2");
  snapshotter->Save(SampleSave(3));
  BOOST_TEST(user.Ask("SELECT max(sequence) FROM gapless_produced") == "3");
}

BOOST_AUTO_TEST_CASE(a_database_locked_by_the_user_refuses_opening) {
  OpenWithSaves(2);
  OtherConnection user(path);
  user.Run("BEGIN IMMEDIATE");
  EXPECT_ERROR(Open(), Errc::kStateNotWritable);
  user.Run("COMMIT");
  BOOST_TEST(Text(Reopen()) == SampleText(2));
}

// An open statement of ours would hold the log back for ever.
BOOST_AUTO_TEST_CASE(no_save_keeps_the_log_from_being_folded) {
  const auto snapshotter = OpenWithSaves(5);
  BOOST_TEST(OtherConnection(path).Ask("PRAGMA wal_checkpoint(TRUNCATE)") == "0");
  BOOST_TEST(std::filesystem::file_size(path + "-wal") == 0U);
  snapshotter->Save(SampleSave(6));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
