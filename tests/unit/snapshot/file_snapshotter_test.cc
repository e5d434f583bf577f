#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "gapless/snapshotter.h"
#include "snapshot/crc32c.h"
#include "tests/unit/snapshot/fixtures.h"
#include "tests/unit/snapshot/simulated_disk.h"

namespace gapless::test {
namespace {

struct Fixture {
  TempDirectory directory;
  const std::string path = directory / "state.json";

  State Reopen() { return FileSnapshotter::Open(path)->Load(kProducer); }
  /// Opens, loads and makes the first `count` sample saves.
  std::shared_ptr<FileSnapshotter> OpenWithSaves(int count) {
    auto snapshotter = FileSnapshotter::Open(path);
    snapshotter->Load(kProducer);
    for (int number = 1; number <= count; ++number) snapshotter->Save(SampleSave(number));
    return snapshotter;
  }
  /// What a process that died now would leave.
  void CopyState(const std::string& to) {
    for (const char* suffix : {"", ".journal-0", ".journal-1", ".previous"}) {
      if (FileExists(path + suffix)) WriteFile(to + suffix, ReadFile(path + suffix));
    }
  }
};

BOOST_FIXTURE_TEST_SUITE(file_snapshotter, Fixture)

BOOST_AUTO_TEST_CASE(missing_state_is_a_fresh_start) {
  const State state = Reopen();
  BOOST_TEST(Text(state) == "");
  BOOST_TEST(state.boot_count == 1);
  BOOST_TEST(state.instance_id.size() == 32U);
}

BOOST_AUTO_TEST_CASE(everything_saved_is_there_after_reopening) {
  for (int count = 1; count <= 12; ++count) {
    const std::string here = path + std::to_string(count);
    {
      auto snapshotter = FileSnapshotter::Open(here);
      snapshotter->Load(kProducer);
      for (int number = 1; number <= count; ++number) snapshotter->Save(SampleSave(number));
    }
    BOOST_TEST(Text(FileSnapshotter::Open(here)->Load(kProducer)) == SampleText(count));
  }
}

BOOST_AUTO_TEST_CASE(D24_a_save_is_durable_when_it_returns_without_any_close) {
  const auto snapshotter = OpenWithSaves(5);
  CopyState(directory / "copy");
  BOOST_TEST(Text(FileSnapshotter::Open(directory / "copy")->Load(kProducer)) == SampleText(5));
}

BOOST_AUTO_TEST_CASE(instance_id_stays_and_every_opening_counts) {
  const State first = Reopen();
  const State second = Reopen();
  OpenWithSaves(1);
  const State fourth = Reopen();
  BOOST_TEST(second.instance_id == first.instance_id);
  BOOST_TEST(second.boot_count == 2);
  BOOST_TEST(fourth.instance_id == first.instance_id);
  BOOST_TEST(fourth.boot_count == 4);
}

BOOST_AUTO_TEST_CASE(L5_a_second_client_in_this_process_is_refused_until_the_first_is_gone) {
  auto first = FileSnapshotter::Open(path);
  EXPECT_ERROR(FileSnapshotter::Open(path), Errc::kStateLocked);
  std::filesystem::create_symlink(directory / "state.json", directory / "other-name");
  first->Load(kProducer);
  EXPECT_ERROR(FileSnapshotter::Open(directory / "other-name"), Errc::kStateLocked);
  EXPECT_ERROR(FileSnapshotter::Open(directory / "./state.json"), Errc::kStateLocked);
  first.reset();
  FileSnapshotter::Open(path);
}

BOOST_AUTO_TEST_CASE(D28_the_state_of_another_producer_is_foreign_and_left_alone) {
  OpenWithSaves(3);
  const std::string before = ReadFile(path);
  EXPECT_ERROR(FileSnapshotter::Open(path)->Load("someone-else"), Errc::kStateForeign);
  BOOST_TEST(ReadFile(path) == before);
  BOOST_TEST(Text(Reopen()) == SampleText(3));
}

BOOST_AUTO_TEST_CASE(D28_a_newer_version_is_foreign) {
  const std::string entries =
      R"("!gapless format":99,"!gapless generation":1,"!gapless instance 0123456789abcdef0123456789abcdef":1,)"
      R"("!gapless producer editor-7":1})";
  WriteFile(path, R"({"!gapless checksum":)" + std::to_string(internal::Crc32c(entries)) + "," + entries);
  EXPECT_ERROR(Reopen(), Errc::kStateForeign);
}

BOOST_AUTO_TEST_CASE(D27_an_unreadable_file_is_an_error_and_stays_as_it_is) {
  for (const std::string text : {"", "{\"public:a", "nonsense", "{\"public:app.a\":-4}"}) {
    WriteFile(path, text);
    EXPECT_ERROR(Reopen(), Errc::kStateCorrupt);
    BOOST_TEST(ReadFile(path) == text);
  }
}

BOOST_AUTO_TEST_CASE(a_plain_file_of_parsec_is_taken_over_and_kept) {
  const std::string plain = R"({"private:app.a.b":41,"public:app.a":7})";
  WriteFile(path, plain);
  {
    auto snapshotter = FileSnapshotter::Open(path);
    BOOST_TEST(Text(snapshotter->Load(kProducer)) == "produced private:app.a.b=41\nproduced public:app.a=7\n");
    BOOST_TEST(ReadFile(path + ".previous") == plain);
    snapshotter->Save(Produced("public:app.a", 8));
  }
  BOOST_TEST(Text(Reopen()) == "produced private:app.a.b=41\nproduced public:app.a=8\n");
}

BOOST_AUTO_TEST_CASE(parsec_sees_the_exact_numbers_once_it_is_closed) {
  OpenWithSaves(8);
  const std::string text = ReadFile(path);
  // Of the last one nothing was produced yet, but anything up to 64 may be used.
  BOOST_TEST(text.find(R"("public:app.a":8,"public:app.b":4,"public:app.c":64})") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(D25_no_order_of_saves_lowers_a_number) {
  {
    auto snapshotter = FileSnapshotter::Open(path);
    snapshotter->Load(kProducer);
    for (const std::int64_t sequence : {5, 9, 2, 9, 1}) snapshotter->Save(Produced("public:app.a", sequence));
  }
  BOOST_TEST(Text(Reopen()) == "produced public:app.a=9\n");
}

BOOST_AUTO_TEST_CASE(outbox_entries_stay_in_order_are_kept_once_and_go_when_acknowledged) {
  {
    auto snapshotter = FileSnapshotter::Open(path);
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

BOOST_AUTO_TEST_CASE(calls_out_of_order_and_bad_changes_are_refused) {
  auto snapshotter = FileSnapshotter::Open(path);
  EXPECT_ERROR(snapshotter->Save(Produced("public:app.a", 1)), Errc::kInvalidState);
  EXPECT_ERROR(snapshotter->Load(""), Errc::kInvalidArgument);
  EXPECT_ERROR(snapshotter->Load("\xFF"), Errc::kInvalidArgument);
  snapshotter->Load(kProducer);
  EXPECT_ERROR(snapshotter->Load(kProducer), Errc::kInvalidState);
  EXPECT_ERROR(snapshotter->Save(Produced("public:app.a", 0)), Errc::kInvalidArgument);
  EXPECT_ERROR(snapshotter->Save(Produced("a\xC3", 1)), Errc::kInvalidArgument);
  EXPECT_ERROR(snapshotter->Transact([](Transaction&) { return Changes{}; }), Errc::kNotSupported);
  BOOST_TEST(!snapshotter->Transactional());
  snapshotter->Save({});
  snapshotter->Save(Produced("public:app.a", 1));
}

BOOST_AUTO_TEST_CASE(a_path_that_cannot_hold_state_is_refused) {
  EXPECT_ERROR(FileSnapshotter::Open(""), Errc::kInvalidArgument);
  EXPECT_ERROR(FileSnapshotter::Open(std::string("a\0b", 3)), Errc::kInvalidArgument);
  EXPECT_ERROR(FileSnapshotter::Open(path, {.io = {}, .journal_bytes = 0}), Errc::kInvalidArgument);
  EXPECT_ERROR(FileSnapshotter::Open(directory / "none/state.json"), Errc::kStateNotWritable);
  std::filesystem::create_directory(directory / "folder");
  EXPECT_ERROR(FileSnapshotter::Open(directory / "folder")->Load(kProducer), Errc::kStateNotWritable);
  std::filesystem::create_symlink(directory / "nowhere", directory / "dangling");
  EXPECT_ERROR(FileSnapshotter::Open(directory / "dangling"), Errc::kInvalidArgument);
}

// One way to make one, and null means the system's files.
BOOST_AUTO_TEST_CASE(D45_there_is_no_snapshotter_without_a_file_layer) {
  auto snapshotter = FileSnapshotter::Open(path, {.io = nullptr});
  snapshotter->Load(kProducer);
  snapshotter->Save(Produced("public:app.a", 1));
}

BOOST_AUTO_TEST_CASE(parts_of_a_state_are_not_taken_for_a_whole_one) {
  auto held = OpenWithSaves(3);
  CopyState(directory / "copy");
  held.reset();
  const struct {
    const char* what;
    std::vector<const char*> missing;
  } kCases[] = {
      {"the state file is gone", {""}},
      {"the journal is gone", {".journal-1"}},
      {"state file and previous are gone", {"", ".previous"}},
  };
  for (const auto& [what, missing] : kCases) {
    BOOST_TEST_CONTEXT(what) {
      const std::string here = directory / "part";
      for (const char* suffix : {"", ".journal-0", ".journal-1", ".previous"}) {
        std::filesystem::remove(here + suffix);
        if (FileExists(directory / "copy" + suffix)) WriteFile(here + suffix, ReadFile(directory / "copy" + suffix));
      }
      for (const char* suffix : missing) std::filesystem::remove(here + suffix);
      EXPECT_ERROR(FileSnapshotter::Open(here)->Load(kProducer), Errc::kStateCorrupt);
    }
  }
}

BOOST_AUTO_TEST_CASE(files_of_two_states_or_two_times_do_not_mix) {
  OpenWithSaves(3);
  const auto later = FileSnapshotter::Open(path);
  later->Load(kProducer);
  later->Save(Produced("public:app.a", 50));
  CopyState(directory / "mixed");
  // The state file of the generation before beside the journals of this one, then a stranger's journal, then Parsec's.
  WriteFile(directory / "mixed", ReadFile(path + ".previous"));
  const State older = FileSnapshotter::Open(directory / "mixed")->Load(kProducer);
  BOOST_TEST(Text(older) == SampleText(3));

  const std::string other = directory / "other";
  FileSnapshotter::Open(other)->Load(kProducer);
  for (const char* journal : {".journal-0", ".journal-1"}) {
    if (FileExists(other + journal)) WriteFile(other + journal, ReadFile(path + ".journal-1"));
  }
  EXPECT_ERROR(FileSnapshotter::Open(other)->Load(kProducer), Errc::kStateCorrupt);

  WriteFile(directory / "mixed", R"({"public:app.a":60})");
  EXPECT_ERROR(FileSnapshotter::Open(directory / "mixed")->Load(kProducer), Errc::kStateCorrupt);
}

BOOST_AUTO_TEST_CASE(the_journal_is_folded_when_it_has_grown_and_does_not_grow_for_ever) {
  auto snapshotter = OpenWithSaves(0);
  for (int number = 1; number <= 60; ++number) snapshotter->Save(SampleSave(number, 60'000));
  std::uintmax_t total = 0;
  for (const char* suffix : {"", ".journal-0", ".journal-1", ".previous"}) {
    if (FileExists(path + suffix)) total += std::filesystem::file_size(path + suffix);
  }
  // 60 entries of 60,000 bytes went through, of which two are left.
  BOOST_TEST(total < 2'400'000U);
  CopyState(directory / "copy");
  BOOST_TEST(Text(FileSnapshotter::Open(directory / "copy")->Load(kProducer)) == SampleText(60, 60'000));
}

/// Operations and bytes of one save of one channel, in a state that knows `channels`.
std::pair<int, std::size_t> CostOfOneSave(int channels) {
  auto disk = std::make_shared<SimulatedDisk>();
  auto snapshotter = FileSnapshotter::Open("/state", {.io = disk});
  snapshotter->Load(kProducer);
  Changes all;
  for (int channel = 0; channel < channels; ++channel) {
    all.produced.emplace_back("public:app.room." + std::to_string(100'000 + channel), 1);
  }
  snapshotter->Save(all);
  const int operations = disk->operations();
  const std::size_t bytes = disk->appended_bytes();
  snapshotter->Save(Produced("public:app.room.100000", 2));
  return {disk->operations() - operations, disk->appended_bytes() - bytes};
}

BOOST_AUTO_TEST_CASE(D22_a_save_costs_one_append_and_one_sync_whatever_the_number_of_channels) {
  const auto few = CostOfOneSave(1);
  const auto many = CostOfOneSave(10'000);
  BOOST_TEST(few.first == 2);
  BOOST_TEST(many.first == few.first);
  BOOST_TEST(many.second == few.second);
  BOOST_TEST(few.second < 100U);
}

BOOST_AUTO_TEST_CASE(folding_costs_each_save_a_constant_on_average) {
  auto disk = std::make_shared<SimulatedDisk>();
  auto snapshotter = FileSnapshotter::Open("/state", {.io = disk});
  snapshotter->Load(kProducer);
  Changes all;
  for (int channel = 0; channel < 10'000; ++channel) {
    all.produced.emplace_back("public:app.room." + std::to_string(100'000 + channel), 1);
  }
  snapshotter->Save(all);
  const std::size_t before = disk->appended_bytes();
  constexpr int kSaves = 40'000;
  for (int number = 2; number < kSaves + 2; ++number) snapshotter->Save(Produced("public:app.room.100000", number));
  // About 65 bytes each for the record, and folding at most doubles that.
  BOOST_TEST((disk->appended_bytes() - before) / kSaves < 150U);
}

BOOST_AUTO_TEST_CASE(many_threads_share_commits_and_lose_nothing) {
  constexpr int kThreads = 8;
  constexpr int kSaves = 60;
  std::vector<std::string> problems(kThreads);
  {
    auto snapshotter = FileSnapshotter::Open(path);
    snapshotter->Load(kProducer);
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
    CopyState(directory / "copy");
  }
  for (const std::string& problem : problems) BOOST_TEST(problem == "");
  const State state = FileSnapshotter::Open(directory / "copy")->Load(kProducer);
  BOOST_TEST(state.produced.size() == static_cast<std::size_t>(kThreads));
  for (const auto& [channel, sequence] : state.produced) BOOST_TEST(sequence == kSaves);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
