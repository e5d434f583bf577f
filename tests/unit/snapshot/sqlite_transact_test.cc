#include <SQLiteCpp/Exception.h>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/sqlite_fixture.h"

namespace gapless::test {
namespace {

using Row = std::vector<SqlValue>;

struct Fixture : SqliteFixture {
  std::shared_ptr<SqliteSnapshotter> snapshotter = OpenWithSaves(1);

  Fixture() {
    snapshotter->Transact([](Transaction& transaction) {
      transaction.Execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, note)");
      return Changes{};
    });
  }
  std::string Orders() { return OtherConnection(path).Ask("SELECT group_concat(id) FROM orders"); }
  std::string Last() { return OtherConnection(path).Ask("SELECT max(sequence) FROM gapless_produced"); }
  /// Nothing of what was tried is there, and the next save and the next transaction go through.
  void CheckUndoneAndUsable() {
    BOOST_TEST(Orders() == "");
    BOOST_TEST(Last() == "1");
    snapshotter->Save(SampleSave(2));
    snapshotter->Transact([](Transaction& transaction) {
      transaction.Execute("INSERT INTO orders (id) VALUES (7)");
      return SampleSave(3);
    });
    BOOST_TEST(Orders() == "7");
    BOOST_TEST(Last() == "3");
  }
};

BOOST_FIXTURE_TEST_SUITE(sqlite_transact, Fixture)

BOOST_AUTO_TEST_CASE(the_users_writes_and_the_changes_are_committed_together) {
  BOOST_TEST(snapshotter->Transactional());
  snapshotter->Transact([&](Transaction& transaction) {
    transaction.Execute("INSERT INTO orders (id) VALUES (?)", {std::int64_t{5}});
    BOOST_TEST(Orders() == "", "it was visible before the commit");
    return SampleSave(2);
  });
  BOOST_TEST(Orders() == "5");
  BOOST_TEST(Last() == "2");
  snapshotter.reset();
  BOOST_TEST(Text(Reopen()) == SampleText(2));
}

BOOST_AUTO_TEST_CASE(values_of_every_type_come_back) {
  snapshotter->Transact([](Transaction& transaction) {
    const std::string text("a\0b\xC3\xA9", 5);
    const std::vector<Row> rows =
        transaction.Query("SELECT ?, ?, ?, ?, x'00FF', ?", {nullptr, INT64_MIN, 0.5, text, std::string()});
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST((rows[0] == Row{nullptr, INT64_MIN, 0.5, text, std::string("\0\xFF", 2), std::string()}));
    BOOST_TEST(transaction.Query("SELECT 1 WHERE 0").empty());
    BOOST_TEST(transaction.Query("SELECT 1 UNION SELECT 2 ORDER BY 1; -- done").size() == 2U);
    return Changes{};
  });
}

BOOST_AUTO_TEST_CASE(bad_sql_is_told_and_the_body_may_go_on) {
  snapshotter->Transact([](Transaction& transaction) {
    EXPECT_ERROR(transaction.Execute("INSERT INTO nowhere VALUES (1)"), Errc::kInvalidArgument);
    EXPECT_ERROR(transaction.Execute(""), Errc::kInvalidArgument);
    EXPECT_ERROR(transaction.Execute(" -- nothing"), Errc::kInvalidArgument);
    EXPECT_ERROR(transaction.Execute("SELEC 1"), Errc::kInvalidArgument);
    EXPECT_ERROR(transaction.Execute("BEGIN"), Errc::kInvalidArgument);
    EXPECT_ERROR(transaction.Execute("INSERT INTO orders (id) VALUES (?)"), Errc::kInvalidArgument);
    EXPECT_ERROR(transaction.Execute("INSERT INTO orders (id) VALUES (1)", {nullptr}), Errc::kInvalidArgument);
    EXPECT_ERROR(transaction.Execute("INSERT INTO orders (id) VALUES (1); DELETE FROM orders"), Errc::kInvalidArgument);
    transaction.Execute("INSERT INTO orders (id) VALUES (1)");
    EXPECT_ERROR(transaction.Execute("INSERT INTO orders (id) VALUES (1)"), Errc::kStateNotWritable);
    return SampleSave(2);
  });
  BOOST_TEST(Orders() == "1");
  BOOST_TEST(Last() == "2");
}

BOOST_AUTO_TEST_CASE(what_the_body_throws_goes_on_as_it_is_and_undoes_everything) {
  struct Mine {
    int number;
  };
  const auto insert_and = [&](const std::function<void()>& fail) {
    snapshotter->Transact([&](Transaction& transaction) {
      transaction.Execute("INSERT INTO orders (id) VALUES (1)");
      fail();
      return SampleSave(2);
    });
  };
  BOOST_CHECK_EXCEPTION(insert_and([] { throw Mine{7}; }), Mine, [](const Mine& mine) { return mine.number == 7; });
  BOOST_CHECK_THROW(insert_and([] { throw std::runtime_error("mine"); }), std::runtime_error);
  // One that we use ourselves, too.
  BOOST_CHECK_THROW(insert_and([] { throw SQLite::Exception("mine", 26); }), SQLite::Exception);
  EXPECT_ERROR(insert_and([] { throw Error(Errc::kClosed, "mine"); }), Errc::kClosed);
  CheckUndoneAndUsable();
}

BOOST_AUTO_TEST_CASE(changes_that_break_a_rule_undo_everything) {
  EXPECT_ERROR(snapshotter->Transact([](Transaction& transaction) {
    transaction.Execute("INSERT INTO orders (id) VALUES (1)");
    return Produced("public:app.a", -1);
  }),
               Errc::kInvalidArgument);
  CheckUndoneAndUsable();
}

BOOST_AUTO_TEST_CASE(a_body_that_ends_the_transaction_is_told_so_and_everything_is_undone) {
  const std::vector<std::string> kTexts = {"COMMIT",
                                           "END",
                                           "ROLLBACK",
                                           "ROLLBACK; BEGIN",
                                           "COMMIT; BEGIN",
                                           "ROLLBACK; INSERT INTO orders (id) VALUES (3)",
                                           "ROLLBACK; BEGIN; COMMIT"};
  for (const std::string& text : kTexts) {
    BOOST_TEST_CONTEXT(text) {
      // Through the handle nobody is there to say so at once.
      EXPECT_ERROR(snapshotter->Transact([&](Transaction& transaction) {
        transaction.Execute("INSERT INTO orders (id) VALUES (1)");
        sqlite3_exec(transaction.Handle(), text.c_str(), nullptr, nullptr, nullptr);
        sqlite3_exec(transaction.Handle(), "INSERT INTO orders (id) VALUES (2)", nullptr, nullptr, nullptr);
        return SampleSave(2);
      }),
                   Errc::kInvalidState);
      BOOST_TEST(Orders() == "");
      BOOST_TEST(Last() == "1");
    }
  }
  for (const char* text : {"COMMIT", "ROLLBACK"}) {
    std::optional<Errc> at_once;
    std::optional<Errc> afterwards;
    EXPECT_ERROR(snapshotter->Transact([&](Transaction& transaction) {
      transaction.Execute("INSERT INTO orders (id) VALUES (1)");
      at_once = ErrcOf([&] { transaction.Execute(text); });
      afterwards = ErrcOf([&] { transaction.Execute("INSERT INTO orders (id) VALUES (2)"); });
      return SampleSave(2);
    }),
                 Errc::kInvalidState);
    BOOST_TEST((at_once == Errc::kInvalidState));
    BOOST_TEST((afterwards == Errc::kInvalidState));
  }
  CheckUndoneAndUsable();
}

BOOST_AUTO_TEST_CASE(savepoints_are_the_bodys_own) {
  snapshotter->Transact([](Transaction& transaction) {
    transaction.Execute("SAVEPOINT mine");
    transaction.Execute("INSERT INTO orders (id) VALUES (1)");
    transaction.Execute("ROLLBACK TO mine");
    transaction.Execute("INSERT INTO orders (id) VALUES (2)");
    transaction.Execute("RELEASE mine");
    return SampleSave(2);
  });
  BOOST_TEST(Orders() == "2");
}

BOOST_AUTO_TEST_CASE(a_conflict_that_rolls_back_all_is_told_and_everything_is_undone) {
  EXPECT_ERROR(snapshotter->Transact([&](Transaction& transaction) {
    transaction.Execute("INSERT INTO orders (id) VALUES (1)");
    ErrcOf([&] { transaction.Execute("INSERT OR ROLLBACK INTO orders (id) VALUES (1)"); });
    return SampleSave(2);
  }),
               Errc::kStateNotWritable);
  CheckUndoneAndUsable();
}

BOOST_AUTO_TEST_CASE(the_snapshotter_refuses_calls_from_inside_its_own_transaction) {
  std::vector<std::optional<Errc>> thrown;
  snapshotter->Transact([&](Transaction&) {
    thrown.push_back(ErrcOf([&] { snapshotter->Save(SampleSave(2)); }));
    thrown.push_back(ErrcOf([&] { snapshotter->Transact([](Transaction&) { return Changes{}; }); }));
    thrown.push_back(ErrcOf([&] { snapshotter->Load(kProducer); }));
    return Changes{};
  });
  for (const auto& code : thrown) BOOST_TEST((code == Errc::kInvalidState));
  CheckUndoneAndUsable();
}

BOOST_AUTO_TEST_CASE(a_statement_left_running_is_told_and_undoes_everything) {
  sqlite3_stmt* left = nullptr;
  EXPECT_ERROR(snapshotter->Transact([&](Transaction& transaction) {
    transaction.Execute("INSERT INTO orders (id) VALUES (1), (2)");
    sqlite3_prepare_v2(transaction.Handle(), "SELECT id FROM orders", -1, &left, nullptr);
    sqlite3_step(left);
    return SampleSave(2);
  }),
               Errc::kInvalidState);
  sqlite3_finalize(left);
  CheckUndoneAndUsable();
}

BOOST_AUTO_TEST_CASE(the_connection_is_set_up_as_promised) {
  snapshotter->Transact([](Transaction& transaction) {
    BOOST_TEST((transaction.Query("PRAGMA journal_mode")[0] == Row{std::string("wal")}));
    BOOST_TEST((transaction.Query("PRAGMA synchronous")[0] == Row{std::int64_t{2}}));
    BOOST_TEST((transaction.Query("PRAGMA foreign_keys")[0] == Row{std::int64_t{1}}));
    BOOST_TEST((transaction.Query("PRAGMA busy_timeout")[0] == Row{std::int64_t{20}}));
    return Changes{};
  });
}

BOOST_AUTO_TEST_CASE(a_broken_foreign_key_found_at_the_commit_undoes_everything) {
  snapshotter->Transact([](Transaction& transaction) {
    transaction.Execute("CREATE TABLE lines (owner REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED)");
    return Changes{};
  });
  EXPECT_ERROR(snapshotter->Transact([](Transaction& transaction) {
    transaction.Execute("INSERT INTO lines VALUES (99)");
    return SampleSave(2);
  }),
               Errc::kStateNotWritable);
  CheckUndoneAndUsable();
}

BOOST_AUTO_TEST_CASE(a_change_of_the_users_schema_disturbs_no_prepared_statement) {
  for (int number = 2; number <= 5; ++number) {
    snapshotter->Transact([&](Transaction& transaction) {
      transaction.Execute("CREATE TABLE t" + std::to_string(number) + " (x)");
      return SampleSave(number);
    });
    BOOST_TEST(Last() == std::to_string(number));
  }
}

/// A body may set how large the database may become, so the disk is as full as it says.
void LimitPages(SqliteSnapshotter& snapshotter, const std::string& pages) {
  snapshotter.Transact([&](Transaction& transaction) {
    transaction.Query("PRAGMA max_page_count = " + pages);
    return Changes{};
  });
}

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_saves_and_changes_nothing_until_there_is_room) {
  LimitPages(*snapshotter, "1");
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_ERROR(snapshotter->Save(SampleSave(2, 100'000)), Errc::kStateNotWritable);
  }
  LimitPages(*snapshotter, "1000000");
  CheckUndoneAndUsable();
}

BOOST_AUTO_TEST_CASE(a_disk_that_fills_up_inside_a_body_undoes_everything_even_if_the_body_goes_on) {
  LimitPages(*snapshotter, "1");
  EXPECT_ERROR(snapshotter->Transact([](Transaction& transaction) {
    transaction.Execute("INSERT INTO orders (id) VALUES (1)");
    ErrcOf([&] { transaction.Execute("INSERT INTO orders (id, note) VALUES (2, zeroblob(1000000))"); });
    return SampleSave(2, 100'000);
  }),
               Errc::kStateNotWritable);
  LimitPages(*snapshotter, "1000000");
  CheckUndoneAndUsable();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
