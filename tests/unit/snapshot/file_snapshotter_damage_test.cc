// Files of a crashed process, damaged in every way that a loop can think of.

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <vector>

#include "gapless/snapshotter.h"
#include "tests/unit/snapshot/fixtures.h"
#include "tests/unit/snapshot/simulated_disk.h"

namespace gapless::test {
namespace {

const std::string kPath = "/state";
const std::string kJournal = "/state.journal-0";
constexpr int kSaves = 5;

/// A state in its second generation, so that the journal's head holds something, with saves behind it.
struct Crashed {
  std::shared_ptr<SimulatedDisk> disk;
  /// Size of the journal after the head, and after each save.
  std::vector<std::size_t> ends;

  Crashed() {
    auto live = std::make_shared<SimulatedDisk>();
    {
      auto first = FileSnapshotter::Open(kPath, {.io = live});
      first->Load(kProducer);
      first->Save(SampleSave(1));
    }
    live->Erase(kPath + ".lock");
    auto second = FileSnapshotter::Open(kPath, {.io = live});
    second->Load(kProducer);
    // Opened, closed, opened again: the generation is odd.
    const std::string journal = live->Has(kPath + ".journal-1") ? kPath + ".journal-1" : kJournal;
    ends.push_back(live->Content(journal).size());
    for (int number = 2; number <= kSaves; ++number) {
      second->Save(SampleSave(number));
      ends.push_back(live->Content(journal).size());
    }
    disk = live->AsItIs();
    journal_path = journal;
  }

  std::string journal_path;

  std::shared_ptr<SimulatedDisk> With(const std::string& path, const std::string& bytes) const {
    auto copy = disk->AsItIs();
    copy->Content(path) = bytes;
    return copy;
  }
};

std::string Opened(const std::shared_ptr<SimulatedDisk>& disk, std::optional<Errc>& thrown) {
  std::string text;
  thrown = ErrcOf([&] { text = Text(FileSnapshotter::Open(kPath, {.io = disk})->Load(kProducer)); });
  return text;
}

BOOST_AUTO_TEST_SUITE(file_snapshotter_damage)

BOOST_AUTO_TEST_CASE(a_journal_cut_at_any_byte_gives_back_exactly_the_saves_before_the_cut) {
  const Crashed crashed;
  const std::string whole = crashed.disk->Content(crashed.journal_path);
  BOOST_REQUIRE(whole.size() == crashed.ends.back());
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    std::optional<Errc> thrown;
    const std::string text = Opened(crashed.With(crashed.journal_path, whole.substr(0, size)), thrown);
    int complete = 0;
    for (const std::size_t end : crashed.ends) complete += end <= size ? 1 : 0;
    if (complete == 0) {
      if (thrown != Errc::kStateCorrupt) BOOST_ERROR("the head cut at " << size << " was taken");
    } else if (thrown || text != SampleText(complete)) {
      BOOST_ERROR("cut at " << size << " should leave " << complete << " saves");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_state_file_cut_at_any_byte_is_corrupt) {
  const Crashed crashed;
  const std::string whole = crashed.disk->Content(kPath);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::optional<Errc> thrown;
    Opened(crashed.With(kPath, whole.substr(0, size)), thrown);
    if (thrown != Errc::kStateCorrupt) BOOST_ERROR("cut at " << size << " was taken");
  }
}

BOOST_AUTO_TEST_CASE(any_flipped_bit_of_state_file_or_journal_is_corrupt) {
  const Crashed crashed;
  for (const std::string& path : {kPath, crashed.journal_path}) {
    const std::string whole = crashed.disk->Content(path);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
        std::optional<Errc> thrown;
        Opened(crashed.With(path, bytes), thrown);
        if (thrown != Errc::kStateCorrupt) BOOST_ERROR(path << ": bit " << bit << " of byte " << at << " was taken");
      }
    }
  }
}

// Whatever is done to the files, the answer is a state that once was, or a typed error.
BOOST_AUTO_TEST_CASE(random_damage_never_gives_a_state_that_never_was) {
  const Crashed crashed;
  std::mt19937_64 random(7);
  std::vector<std::string> once;
  for (int count = 0; count <= kSaves; ++count) once.push_back(SampleText(count));
  for (int round = 0; round < 3'000; ++round) {
    auto disk = crashed.disk->AsItIs();
    for (std::uint64_t hits = 1 + random() % 3; hits > 0; --hits) {
      std::string& bytes = disk->Content(random() % 2 == 0 ? kPath : crashed.journal_path);
      if (bytes.empty()) continue;
      const std::size_t at = random() % bytes.size();
      const std::size_t length = std::min<std::size_t>(bytes.size() - at, 1 + random() % 100);
      switch (random() % 5) {
        case 0:
          bytes.resize(at);
          break;
        case 1:
          bytes.replace(at, length, length, '\0');
          break;
        case 2:
          bytes.erase(at, length);
          break;
        case 3:
          bytes.insert(at, bytes.substr(random() % bytes.size(), length));
          break;
        default:
          for (std::size_t i = at; i < at + length; ++i) bytes[i] = static_cast<char>(random());
      }
    }
    std::optional<Errc> thrown;
    const std::string text = Opened(disk, thrown);
    const bool is_typed = thrown == Errc::kStateCorrupt || thrown == Errc::kStateForeign;
    const bool once_was = !thrown && std::find(once.begin(), once.end(), text) != once.end();
    if (!is_typed && !once_was) BOOST_ERROR("round " << round << " gave\n" << text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
