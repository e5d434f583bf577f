// Every operation on the disk is made to fail once, and every moment gets its power cut.

#include <boost/test/unit_test.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/fixtures.h"
#include "tests/unit/snapshot/simulated_disk.h"

namespace gapless::test {
namespace {

constexpr int kSaves = 6;
/// This one is so large that the journal is folded behind it.
constexpr int kLargeSave = 4;
constexpr std::size_t kJournalBytes = 8'192;
constexpr int kPowerCuts = 4;
const std::string kPath = "/state";

Changes SaveNumber(int number) {
  Changes changes = SampleSave(number);
  if (number == kLargeSave) {
    changes.outbox_added.push_back(Entry("public:app.large", 1, std::string(kJournalBytes, 'x')));
    changes.outbox_removed.emplace_back("public:app.large", 1);
  }
  return changes;
}

struct Outcome {
  /// How many of the saves were acknowledged.
  int acknowledged = 0;
  /// One more was tried and its fate is not known.
  bool one_more = false;
  std::vector<std::string> surprises;
};

/// Opens, loads and saves on a disk with a fault ahead, as a client would: what was refused without effect is tried
/// once more, anything worse ends it. The snapshotter is still open then.
Outcome Live(const std::shared_ptr<SimulatedDisk>& disk, bool for_good, std::shared_ptr<FileSnapshotter>& snapshotter) {
  Outcome outcome;
  const auto attempt = [&](const char* what, const std::function<void()>& call) -> std::optional<Errc> {
    std::string message;
    auto thrown = ErrcOf(call, &message);
    if (thrown == Errc::kStateNotWritable) {
      thrown = ErrcOf(call, &message);
      if (thrown && !for_good) outcome.surprises.push_back(std::string(what) + " did not get over it: " + message);
    }
    if (thrown && thrown != Errc::kStateNotWritable && thrown != Errc::kStateFailed) {
      outcome.surprises.push_back(std::string(what) + " threw " + message);
    }
    return thrown;
  };
  if (attempt("Open",
              [&] { snapshotter = FileSnapshotter::Open(kPath, {.io = disk, .journal_bytes = kJournalBytes}); }))
    return outcome;
  if (attempt("Load", [&] { snapshotter->Load(kProducer); })) return outcome;
  for (int number = 1; number <= kSaves; ++number) {
    const auto thrown = attempt("Save", [&] { snapshotter->Save(SaveNumber(number)); });
    if (thrown) {
      outcome.one_more = thrown == Errc::kStateFailed;
      return outcome;
    }
    outcome.acknowledged = number;
  }
  return outcome;
}

/// The state on `disk` is what was acknowledged, or with the one save of unknown fate.
void CheckState(const std::shared_ptr<SimulatedDisk>& disk, const Outcome& outcome, const std::string& what) {
  std::string message;
  std::string text;
  const auto thrown =
      ErrcOf([&] { text = Text(FileSnapshotter::Open(kPath, {.io = disk})->Load(kProducer)); }, &message);
  if (thrown) {
    BOOST_ERROR(what << ": cannot be opened any more: " << message);
    return;
  }
  const bool right =
      text == SampleText(outcome.acknowledged) || (outcome.one_more && text == SampleText(outcome.acknowledged + 1));
  if (!right) BOOST_ERROR(what << ": acknowledged were " << outcome.acknowledged << ", there is\n" << text);
}

const struct {
  FaultKind kind;
  bool for_good;
  const char* name;
} kFaults[] = {
    {FaultKind::kRefused, false, "refused once"},      {FaultKind::kHalf, false, "half done once"},
    {FaultKind::kDone, false, "done but failed once"}, {FaultKind::kRefused, true, "refused for good"},
    {FaultKind::kHalf, true, "half done and dead"},    {FaultKind::kDone, true, "done and dead"},
};

/// Runs with the n-th operation failing, for n = 1, 2, 3 … until none fails; `disk` is prepared by `prepare`.
void FailEveryOperation(const std::function<std::shared_ptr<SimulatedDisk>()>& prepare,
                        const std::function<void(const SimulatedDisk&, const Outcome&, const std::string&)>& check) {
  for (const auto& fault : kFaults) {
    bool failed = true;
    for (int nth = 1; failed; ++nth) {
      const auto disk = prepare();
      disk->FailAt(nth, fault.kind, fault.for_good);
      std::shared_ptr<FileSnapshotter> snapshotter;
      const Outcome outcome = Live(disk, fault.for_good, snapshotter);
      const std::string what = "operation " + std::to_string(nth) + " " + fault.name;
      for (const std::string& surprise : outcome.surprises) BOOST_ERROR(what << ": " << surprise);
      check(*disk, outcome, what + ", killed");
      snapshotter.reset();
      failed = disk->HasFailed();
      if (!failed) {
        BOOST_TEST(outcome.acknowledged == kSaves);
        // The first is from opening, the last from closing.
        BOOST_TEST(disk->Content(kPath).find("\"!gapless generation\":3,") != std::string::npos, "nothing was folded");
      }
      check(*disk, outcome, what + ", closed");
    }
  }
}

std::shared_ptr<SimulatedDisk> Fresh() { return std::make_shared<SimulatedDisk>(); }

std::shared_ptr<SimulatedDisk> Plain() {
  auto disk = std::make_shared<SimulatedDisk>();
  disk->Put(kPath, "{}");
  return disk;
}

BOOST_AUTO_TEST_SUITE(file_snapshotter_faults)

BOOST_AUTO_TEST_CASE(D26_no_failed_operation_leaves_a_state_that_is_neither_the_old_nor_the_new) {
  FailEveryOperation(Fresh, [](const SimulatedDisk& disk, const Outcome& outcome, const std::string& what) {
    CheckState(disk.AsItIs(), outcome, what);
  });
}

BOOST_AUTO_TEST_CASE(D24_no_power_cut_loses_what_was_acknowledged) {
  std::mt19937_64 random(20'240'611);
  FailEveryOperation(Fresh, [&](const SimulatedDisk& disk, const Outcome& outcome, const std::string& what) {
    CheckState(disk.OnlySynced(), outcome, what + ", only what was synced is left");
    for (int cut = 0; cut < kPowerCuts; ++cut) {
      CheckState(disk.AfterPowerCut(random()), outcome, what + ", power cut " + std::to_string(cut));
    }
  });
}

BOOST_AUTO_TEST_CASE(taking_over_a_plain_file_is_as_safe) {
  std::mt19937_64 random(20'240'612);
  FailEveryOperation(Plain, [&](const SimulatedDisk& disk, const Outcome& outcome, const std::string& what) {
    CheckState(disk.AsItIs(), outcome, what);
    CheckState(disk.OnlySynced(), outcome, what + ", only what was synced is left");
    for (int cut = 0; cut < kPowerCuts; ++cut) {
      CheckState(disk.AfterPowerCut(random()), outcome, what + ", power cut " + std::to_string(cut));
    }
  });
}

// A crash may hit the opening that follows a crash.
BOOST_AUTO_TEST_CASE(opening_after_a_crash_is_as_safe_as_the_first_time) {
  const auto crashed = [] {
    const auto disk = Fresh();
    auto snapshotter = FileSnapshotter::Open(kPath, {.io = disk});
    snapshotter->Load(kProducer);
    for (int number = 1; number <= 3; ++number) snapshotter->Save(SampleSave(number));
    return disk->OnlySynced();
  };
  Outcome expected;
  expected.acknowledged = 3;
  std::mt19937_64 random(20'240'613);
  for (const auto& fault : kFaults) {
    bool failed = true;
    for (int nth = 1; failed; ++nth) {
      const auto disk = crashed();
      disk->FailAt(nth, fault.kind, fault.for_good);
      ErrcOf([&] { FileSnapshotter::Open(kPath, {.io = disk})->Load(kProducer); });
      failed = disk->HasFailed();
      const std::string what = "operation " + std::to_string(nth) + " " + fault.name;
      CheckState(disk->AsItIs(), expected, what);
      CheckState(disk->OnlySynced(), expected, what);
      for (int cut = 0; cut < kPowerCuts; ++cut) CheckState(disk->AfterPowerCut(random()), expected, what);
      if (!failed) BOOST_TEST(nth > 10, "opening has more operations than that");
    }
  }
}

// A life that meets a fault, then one that cannot start, then a power cut: what the second read and began to overwrite
// may have been visible without being durable.
BOOST_AUTO_TEST_CASE(P2_a_life_that_cannot_start_after_one_that_failed_damages_nothing) {
  for (const FaultKind kind : {FaultKind::kRefused, FaultKind::kDone}) {
    bool first_failed = true;
    for (int first = 1; first_failed; ++first) {
      bool second_failed = true;
      for (int second = 1; second_failed; ++second) {
        const auto disk = Fresh();
        disk->FailAt(first, kind, false);
        std::shared_ptr<FileSnapshotter> snapshotter;
        const Outcome outcome = Live(disk, false, snapshotter);
        snapshotter.reset();
        first_failed = disk->HasFailed();
        disk->FailAt(second, FaultKind::kRefused, true);
        second_failed = ErrcOf([&] { FileSnapshotter::Open(kPath, {.io = disk})->Load(kProducer); }).has_value();
        CheckState(disk->OnlySynced(), outcome,
                   "operation " + std::to_string(first) + ", then " + std::to_string(second) + " of the next life");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(D23_after_a_failed_sync_nothing_is_saved_until_reopened) {
  const auto disk = Fresh();
  auto snapshotter = FileSnapshotter::Open(kPath, {.io = disk});
  snapshotter->Load(kProducer);
  snapshotter->Save(SampleSave(1));
  // The append goes through, its sync does not.
  disk->FailAt(2, FaultKind::kRefused, false);
  EXPECT_ERROR(snapshotter->Save(SampleSave(2)), Errc::kStateFailed);
  EXPECT_ERROR(snapshotter->Save(SampleSave(3)), Errc::kStateFailed);
  const int operations = disk->operations();
  snapshotter.reset();
  BOOST_TEST(disk->operations() == operations, "a failed snapshotter wrote when it was destroyed");
  auto again = FileSnapshotter::Open(kPath, {.io = disk});
  BOOST_TEST(Text(again->Load(kProducer)) == SampleText(2));
  again->Save(SampleSave(3));
}

BOOST_AUTO_TEST_CASE(P3_what_was_refused_does_not_come_back_with_a_power_cut) {
  std::mt19937_64 random(20'240'615);
  for (const FaultKind kind : {FaultKind::kRefused, FaultKind::kHalf, FaultKind::kDone}) {
    const auto disk = Fresh();
    auto snapshotter = FileSnapshotter::Open(kPath, {.io = disk});
    snapshotter->Load(kProducer);
    snapshotter->Save(SampleSave(1));
    disk->FailAt(1, kind, false);
    EXPECT_ERROR(snapshotter->Save(SampleSave(2)), Errc::kStateNotWritable);
    for (int cut = 0; cut < 20; ++cut) CheckState(disk->AfterPowerCut(random()), {1, false, {}}, "after a power cut");
  }
}

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_saves_and_changes_nothing_until_there_is_room) {
  const auto disk = Fresh();
  auto snapshotter = FileSnapshotter::Open(kPath, {.io = disk});
  snapshotter->Load(kProducer);
  snapshotter->Save(SampleSave(1));
  for (int attempt = 0; attempt < 5; ++attempt) {
    disk->FailAt(1, attempt % 2 == 0 ? FaultKind::kHalf : FaultKind::kRefused, false);
    EXPECT_ERROR(snapshotter->Save(SampleSave(2)), Errc::kStateNotWritable);
    CheckState(disk->AsItIs(), {1, false, {}}, "after a refused save");
  }
  snapshotter->Save(SampleSave(2));
  CheckState(disk->OnlySynced(), {2, false, {}}, "after room was made");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
