#include "examples/demo/recorder.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace demo {
namespace {

namespace fs = std::filesystem;

/// The pieces that a run may write, bytes that no text has among them.
const std::vector<std::string> kPieces = {"one\n", std::string("nul \0\n", 6), "\xff\xfe\n", "", "last"};
const std::string kAll = kPieces[0] + kPieces[1] + kPieces[2] + kPieces[3] + kPieces[4];

struct Fixture {
  const fs::path folder = fs::temp_directory_path() / ("gapless_recorder_" + std::to_string(getpid()));
  const std::string path = (folder / "received").string();
  std::shared_ptr<gapless::Snapshotter> state;

  Fixture() {
    fs::create_directories(folder);
    state = gapless::SqliteSnapshotter::Open((folder / "state.db").string());
    state->Load("recorder");
  }
  ~Fixture() {
    state.reset();
    fs::remove_all(folder);
  }

  void Transact(const std::function<void(gapless::Transaction&)>& body) const {
    state->Transact([&](gapless::Transaction& transaction) {
      body(transaction);
      return gapless::Changes{};
    });
  }
  std::int64_t Restore(Recorder& recorder) const {
    std::int64_t highest = -1;
    Transact([&](gapless::Transaction& transaction) { highest = recorder.Restore(transaction); });
    return highest;
  }
  void WriteAll(Recorder& recorder, Sabotage sabotage = Sabotage::kNone) const {
    const auto total = static_cast<std::int64_t>(kPieces.size());
    for (std::int64_t i = 1; i <= total; ++i) {
      Transact([&](gapless::Transaction& transaction) {
        recorder.WriteSabotaged(transaction, i, "line", kPieces[static_cast<std::size_t>(i - 1)], sabotage, total);
      });
    }
  }
  std::string File() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::vector<std::int64_t> Sequences() const {
    std::vector<std::int64_t> sequences;
    Transact([&](gapless::Transaction& transaction) {
      for (const auto& row : transaction.Query("SELECT sequence FROM received ORDER BY place")) {
        sequences.push_back(std::get<std::int64_t>(row[0]));
      }
    });
    return sequences;
  }
};

using Sequences_ = std::vector<std::int64_t>;

BOOST_FIXTURE_TEST_SUITE(recorder, Fixture)

BOOST_AUTO_TEST_CASE(the_file_has_the_pieces_in_order) {
  Recorder recorder(path);
  BOOST_TEST(Restore(recorder) == 0);
  WriteAll(recorder);
  BOOST_TEST((File() == kAll));
  BOOST_TEST((Sequences() == Sequences_{1, 2, 3, 4, 5}));
  BOOST_TEST(Restore(recorder) == 5);
  BOOST_TEST((File() == kAll));
}

BOOST_AUTO_TEST_CASE(R3_what_was_written_but_not_committed_is_cut_off_by_the_next_life) {
  {
    Recorder recorder(path);
    Restore(recorder);
    WriteAll(recorder);
  }
  std::ofstream(path, std::ios::binary | std::ios::app) << "half of a pie";
  Recorder recorder(path);
  BOOST_TEST(Restore(recorder) == 5);
  BOOST_TEST((File() == kAll));
}

BOOST_AUTO_TEST_CASE(R3_a_piece_whose_commit_failed_is_written_over_when_it_comes_again) {
  Recorder recorder(path);
  Restore(recorder);
  BOOST_CHECK_THROW(Transact([&](gapless::Transaction& transaction) {
                      recorder.Write(transaction, 1, "line", "one\n");
                      throw std::runtime_error("no commit");
                    }),
                    std::runtime_error);
  WriteAll(recorder);
  BOOST_TEST((File() == kAll));
  BOOST_TEST((Sequences() == Sequences_{1, 2, 3, 4, 5}));
}

BOOST_AUTO_TEST_CASE(what_the_file_lacks_the_rows_write_again) {
  {
    Recorder recorder(path);
    Restore(recorder);
    WriteAll(recorder);
  }
  for (const std::size_t kept : {std::size_t{0}, std::size_t{7}}) {
    fs::resize_file(path, kept);
    Recorder recorder(path);
    BOOST_TEST(Restore(recorder) == 5);
    BOOST_TEST((File() == kAll));
  }
}

BOOST_AUTO_TEST_CASE(every_sabotage_does_what_it_says) {
  const struct {
    Sabotage sabotage;
    Sequences_ sequences;
    std::string file;
  } cases[] = {
      {Sabotage::kDrop, {1, 3, 4, 5}, kPieces[0] + kPieces[2] + kPieces[3] + kPieces[4]},
      {Sabotage::kDuplicate, {1, 2, 2, 3, 4, 5}, kPieces[0] + kPieces[1] + kAll.substr(kPieces[0].size())},
      {Sabotage::kReorder, {1, 3, 2, 4, 5}, kPieces[0] + kPieces[2] + kPieces[1] + kPieces[3] + kPieces[4]},
      {Sabotage::kCorrupt, {1, 2, 3, 4, 5}, kPieces[0] + "??????" + kPieces[2] + kPieces[4]},
  };
  for (const auto& test : cases) {
    fs::remove(path);
    Recorder recorder(path);
    Transact([](gapless::Transaction& transaction) { transaction.Execute("DROP TABLE IF EXISTS received"); });
    Restore(recorder);
    WriteAll(recorder, test.sabotage);
    BOOST_TEST((Sequences() == test.sequences), ToString(test.sabotage));
    BOOST_TEST((File() == test.file), ToString(test.sabotage));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demo
