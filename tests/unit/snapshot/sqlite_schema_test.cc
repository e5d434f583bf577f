#include "snapshot/sqlite_schema.h"

#include <SQLiteCpp/Exception.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "snapshot/sqlite_errors.h"
#include "tests/unit/snapshot/sqlite_fixture.h"

namespace gapless::internal {
namespace {

struct Fixture : test::SqliteFixture {
  const SqliteSchema schema{"gapless_"};

  /// As a later release would, whose newest step is `step`.
  void Upgrade(const std::string& step) {
    std::vector<std::string> migrations = SqliteSchema::Migrations();
    migrations.push_back(step);
    SQLite::Database database(path, SQLite::OPEN_READWRITE);
    database.exec("BEGIN IMMEDIATE");
    schema.Migrate(database, migrations);
    database.exec("COMMIT");
  }
};

BOOST_FIXTURE_TEST_SUITE(sqlite_schema, Fixture)

BOOST_AUTO_TEST_CASE(names_are_put_in_where_they_are_asked_for) {
  BOOST_TEST(schema.Sql("SELECT a FROM $x$, $y$ WHERE b = '5'") ==
             R"(SELECT a FROM "gapless_x", "gapless_y" WHERE b = '5')");
}

BOOST_AUTO_TEST_CASE(an_older_version_is_brought_up_to_date_with_its_data) {
  OpenWithSaves(6);
  Upgrade("ALTER TABLE $outbox$ ADD COLUMN tries INTEGER NOT NULL DEFAULT 0");
  test::OtherConnection other(path);
  BOOST_TEST(other.Ask("SELECT schema_version FROM gapless_state") ==
             std::to_string(SqliteSchema::Migrations().size() + 1));
  BOOST_TEST(other.Ask("SELECT sum(tries) + count(*) FROM gapless_outbox") == "2");
  BOOST_TEST(other.Ask("SELECT max(sequence) FROM gapless_produced") == "6");
  EXPECT_ERROR(Open(), Errc::kStateForeign);
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_leaves_the_older_version) {
  OpenWithSaves(6);
  BOOST_CHECK_THROW(Upgrade("CREATE TABLE $extra$ (x); INSERT INTO nowhere VALUES (1);"), SQLite::Exception);
  BOOST_TEST(test::Text(Reopen()) == test::SampleText(6));
  BOOST_TEST(test::OtherConnection(path).Ask("SELECT count(*) FROM sqlite_master WHERE name = 'gapless_extra'") == "0");
}

BOOST_AUTO_TEST_CASE(every_result_code_of_sqlite_has_its_meaning) {
  const struct {
    int code;
    Errc open;
    Errc write;
    Errc commit;
  } kCases[] = {
      {SQLITE_CORRUPT, Errc::kStateCorrupt, Errc::kStateFailed, Errc::kStateFailed},
      {SQLITE_NOTADB, Errc::kStateForeign, Errc::kStateFailed, Errc::kStateFailed},
      {SQLITE_BUSY, Errc::kStateNotWritable, Errc::kStateNotWritable, Errc::kStateNotWritable},
      {SQLITE_FULL, Errc::kStateNotWritable, Errc::kStateNotWritable, Errc::kStateNotWritable},
      {SQLITE_READONLY, Errc::kStateNotWritable, Errc::kStateNotWritable, Errc::kStateNotWritable},
      {SQLITE_IOERR, Errc::kStateNotWritable, Errc::kStateNotWritable, Errc::kStateFailed},
      {SQLITE_NOMEM, Errc::kStateNotWritable, Errc::kStateNotWritable, Errc::kStateFailed},
  };
  for (const auto& [code, open, write, commit] : kCases) {
    BOOST_TEST_CONTEXT(sqlite3_errstr(code)) {
      BOOST_TEST(SqliteErrc(code, SqliteStep::kOpen) == open);
      BOOST_TEST(SqliteErrc(code, SqliteStep::kWrite) == write);
      BOOST_TEST(SqliteErrc(code, SqliteStep::kCommit) == commit);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::internal
