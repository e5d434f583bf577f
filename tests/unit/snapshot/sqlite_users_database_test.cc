// State that lives beside tables of the user's own.

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/sqlite_fixture.h"

namespace gapless::test {
namespace {

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
