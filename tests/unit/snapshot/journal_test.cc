#include "snapshot/journal.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/snapshot/fixtures.h"

namespace gapless::internal {
namespace {

using test::SampleSave;

constexpr std::uint64_t kSalt = 0x0123'4567'89AB'CDEF;
constexpr std::size_t kSectorBytes = 512;

std::string Head(const Changes& base = {}) {
  return EncodeJournalHead({"0123456789abcdef0123456789abcdef", 7, kSalt, base});
}

std::string Record(std::uint64_t index, const std::vector<Changes>& saves, std::uint64_t salt = kSalt) {
  std::vector<const Changes*> pointers;
  for (const Changes& save : saves) pointers.push_back(&save);
  return EncodeJournalRecord(salt, index, pointers);
}

Changes SaveOf(std::size_t bytes) {
  Changes changes;
  changes.outbox_added.push_back(test::Entry("public:app.a", 1, std::string(bytes, 'x')));
  return changes;
}

std::string TextOf(const std::vector<Changes>& saves) {
  test::Model model;
  for (const Changes& save : saves) model.Apply(save);
  return model.Text();
}

BOOST_AUTO_TEST_SUITE(journal)

BOOST_AUTO_TEST_CASE(reads_what_it_wrote) {
  const std::string bytes =
      Head(SampleSave(3)) + Record(1, {SampleSave(4)}) + Record(2, {SampleSave(5), SampleSave(6), SampleSave(7)});
  const Journal journal = ReadJournal(bytes, "x");
  BOOST_TEST(journal.head.instance_id == "0123456789abcdef0123456789abcdef");
  BOOST_TEST(journal.head.generation == 7);
  BOOST_TEST(journal.head.salt == kSalt);
  BOOST_TEST(TextOf({journal.head.base}) == TextOf({SampleSave(3)}));
  BOOST_TEST(journal.saves.size() == 4U);
  BOOST_TEST(TextOf(journal.saves) == TextOf({SampleSave(4), SampleSave(5), SampleSave(6), SampleSave(7)}));
  BOOST_TEST(journal.torn_bytes == 0U);
}

// The documented form, written out by hand: one save that raises "a" to 300.
BOOST_AUTO_TEST_CASE(a_payload_is_laid_out_as_documented) {
  const std::string record = Record(1, {test::Produced("a", 300)}, 0);
  const std::string payload = std::string(
      "\x01\x05\x01\x01"
      "a"
      "\xAC\x02\n",
      8);
  BOOST_TEST(record.substr(0, 4) == "GJR1");
  BOOST_TEST(record.substr(4, 8) == std::string("\x08\0\0\0\0\0\0\0", 8));
  BOOST_TEST(record.substr(12, 8) == std::string("\x01\0\0\0\0\0\0\0", 8));
  BOOST_TEST(record.substr(28) == payload);
}

BOOST_AUTO_TEST_CASE(an_append_that_was_cut_off_is_dropped_wherever_it_was_cut) {
  const std::string kept = Head() + Record(1, {SampleSave(1)});
  const std::string last = Record(2, {SampleSave(2)});
  for (std::size_t size = 0; size < last.size(); ++size) {
    const Journal journal = ReadJournal(kept + last.substr(0, size), "x");
    BOOST_TEST(journal.saves.size() == 1U);
    BOOST_TEST(journal.torn_bytes == size);
  }
}

BOOST_AUTO_TEST_CASE(an_append_whose_sectors_did_not_all_arrive_is_dropped) {
  const std::string kept = Head() + Record(1, {SampleSave(1)});
  const std::string whole = kept + Record(2, {SaveOf(2'000)});
  for (std::size_t sector = kept.size() / kSectorBytes; sector * kSectorBytes < whole.size(); ++sector) {
    std::string bytes = whole;
    for (std::size_t at = sector * kSectorBytes; at < (sector + 1) * kSectorBytes && at < bytes.size(); ++at) {
      if (at >= kept.size()) bytes[at] = '\0';
    }
    const Journal journal = ReadJournal(bytes, "x");
    BOOST_TEST(journal.saves.size() == 1U);
    BOOST_TEST(journal.torn_bytes == whole.size() - kept.size());
  }
}

BOOST_AUTO_TEST_CASE(missing_sectors_before_an_intact_record_are_corruption) {
  const std::string kept = Head() + Record(1, {SampleSave(1)});
  const std::string middle = Record(2, {SaveOf(2'000)});
  const std::string whole = kept + middle + Record(3, {SampleSave(3)});
  for (std::size_t from = kept.size(); from < kept.size() + middle.size(); from += kSectorBytes) {
    std::string bytes = whole;
    for (std::size_t at = from; at < from + kSectorBytes && at < kept.size() + middle.size(); ++at) bytes[at] = '\0';
    EXPECT_ERROR(ReadJournal(bytes, "x"), Errc::kStateCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_is_corruption_also_in_the_last_record) {
  const std::string whole = Head(SampleSave(1)) + Record(1, {SampleSave(2)}) + Record(2, {SampleSave(3)});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      const auto thrown = test::ErrcOf([&] { ReadJournal(bytes, "x"); });
      if (thrown != Errc::kStateCorrupt) BOOST_ERROR("bit " << bit << " of byte " << at << " went unnoticed");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_head_that_is_not_whole_is_corruption) {
  const std::string head = Head(SampleSave(1));
  for (std::size_t size = 0; size < head.size(); ++size) {
    EXPECT_ERROR(ReadJournal(head.substr(0, size), "x"), Errc::kStateCorrupt);
  }
}

BOOST_AUTO_TEST_CASE(records_of_another_journal_do_not_pass) {
  EXPECT_ERROR(ReadJournal(Head() + Record(1, {SampleSave(1)}, kSalt + 1), "x"), Errc::kStateCorrupt);
}

BOOST_AUTO_TEST_CASE(records_out_of_their_place_are_corruption) {
  const std::string one = Record(1, {SampleSave(1)});
  const std::string two = Record(2, {SampleSave(2)});
  EXPECT_ERROR(ReadJournal(Head() + two, "x"), Errc::kStateCorrupt);
  EXPECT_ERROR(ReadJournal(Head() + two + one, "x"), Errc::kStateCorrupt);
  EXPECT_ERROR(ReadJournal(Head() + one + one, "x"), Errc::kStateCorrupt);
}

// A peer may send what looks like a record. Behind a torn append it must not look like proof that the append was whole.
BOOST_AUTO_TEST_CASE(an_envelope_that_holds_a_record_is_only_bytes) {
  Changes changes;
  changes.outbox_added.push_back(test::Entry("public:app.a", 1, Record(2, {SampleSave(9)}, kSalt + 1)));
  const std::string last = Record(1, {changes});
  BOOST_TEST(ReadJournal(Head() + last, "x").saves.size() == 1U);
  std::string torn = Head() + last;
  for (std::size_t at = Head().size(); at < Head().size() + 28; ++at) torn[at] = '\0';
  // The hole is shorter than its sector here, so this reads as damage; with the sector's rest gone as well it does not.
  EXPECT_ERROR(ReadJournal(torn, "x"), Errc::kStateCorrupt);
  Changes padded;
  padded.outbox_added.push_back(
      test::Entry("public:app.a", 1, std::string(kSectorBytes, 'x') + Record(2, {SampleSave(9)}, kSalt + 1)));
  torn = Head() + Record(1, {padded});
  for (std::size_t at = Head().size(); at < kSectorBytes; ++at) torn[at] = '\0';
  BOOST_TEST(ReadJournal(torn, "x").saves.empty());
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be_are_corruption_under_a_right_checksum) {
  std::vector<Changes> bad;
  bad.push_back(test::Produced("public:app.a", 0));
  bad.push_back(test::Produced("public:app.a", -1));
  bad.push_back(test::Produced("public:\xFF", 1));
  Changes consumer;
  consumer.consumers.emplace_back(ConsumerKey{"public:app.a", "n\x80"}, ConsumerState{});
  bad.push_back(consumer);
  consumer.consumers = {{ConsumerKey{"public:app.a", ""}, ConsumerState{{{"p", Cursor{-1, kUnsetTime}}}, {}}}};
  bad.push_back(consumer);
  for (const Changes& changes : bad) {
    EXPECT_ERROR(ReadJournal(Head() + Record(1, {changes}), "x"), Errc::kStateCorrupt);
    EXPECT_ERROR(ReadJournal(Head(changes), "x"), Errc::kStateCorrupt);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::internal
