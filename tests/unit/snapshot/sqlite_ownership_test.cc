// Who may open a state in SQLite, and who may not.

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/sqlite_fixture.h"

namespace gapless::test {
namespace {

BOOST_FIXTURE_TEST_SUITE(sqlite_ownership, SqliteFixture)

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
