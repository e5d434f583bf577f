// States that are looked at, written down and built anew from outside, of both kinds.

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "envelope/base64.h"
#include "gapless/state.h"
#include "tests/unit/snapshot/simulated_disk.h"
#include "tests/unit/snapshot/sqlite_fixture.h"

namespace gapless::test {
namespace {

using Kinds = boost::mpl::list<FileSnapshotter, SqliteSnapshotter>;

struct Fixture {
  TempDirectory directory;
  const std::string path = directory / "state";
  const std::string copy = directory / "copy";

  template <typename Kind>
  std::shared_ptr<Kind> OpenWithSaves(int count) {
    const auto snapshotter = Kind::Open(path);
    snapshotter->Load(kProducer);
    for (int number = 1; number <= count; ++number) snapshotter->Save(SampleSave(number));
    return snapshotter;
  }
};

std::string Findings(const std::vector<StateFinding>& findings) {
  std::string text;
  for (const StateFinding& finding : findings) {
    text += (finding.damage ? "damage: " : "note: ") + finding.where + ": " + finding.what + "\n";
  }
  return text;
}

std::size_t Damages(const std::vector<StateFinding>& findings) {
  std::size_t count = 0;
  for (const StateFinding& finding : findings) count += finding.damage ? 1 : 0;
  return count;
}

/// A save whose outbox holds envelopes, as clients write them.
Changes HonestSave(std::int64_t first, std::int64_t last) {
  Changes changes = Produced("public:app.a", last);
  for (std::int64_t sequence = first; sequence <= last; ++sequence) {
    Envelope envelope;
    envelope.channel = "public:app.a";
    envelope.sequence = sequence;
    envelope.producer = {kProducer, ProducerKind::kService};
    envelope.aspect = "a";
    envelope.produced_at = Timestamp{std::chrono::milliseconds{1'000}};
    changes.outbox_added.push_back(Entry(envelope.channel, sequence, EncodeEnvelope(envelope)));
  }
  return changes;
}

BOOST_FIXTURE_TEST_SUITE(state_inspection, Fixture)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_state_is_read_while_its_owner_writes_it, Kind, Kinds) {
  const auto owner = OpenWithSaves<Kind>(7);
  const StoredState stored = ReadState(path);
  BOOST_TEST(stored.producer == kProducer);
  BOOST_TEST(Text(stored.state) == SampleText(7));
  BOOST_TEST(stored.state.boot_count == 1);
  owner->Save(SampleSave(8));
  BOOST_TEST(Text(ReadState(path).state) == SampleText(8));
  BOOST_TEST(Damages(VerifyState(path)) > 0u);  // Sample entries are no envelopes.
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L5_reading_takes_nothing_from_the_owner_to_come, Kind, Kinds) {
  const std::string instance = [&] {
    const auto snapshotter = Kind::Open(path);
    return snapshotter->Load(kProducer).instance_id;
  }();
  ReadState(path);
  VerifyState(path);
  const State state = Kind::Open(path)->Load(kProducer);
  BOOST_TEST(state.instance_id == instance);
  BOOST_TEST(state.boot_count == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_export_builds_the_same_state_for_the_same_owner, Kind, Kinds) {
  OpenWithSaves<Kind>(13);
  const StoredState stored = ReadState(path);
  const std::string text = ExportState(stored);
  BOOST_TEST(ExportState(ParseStateExport(text)) == text);
  ImportState(ParseStateExport(text), copy);
  const State state = Kind::Open(copy)->Load(kProducer);
  BOOST_TEST(Text(state) == SampleText(13));
  // A copy is told from the original (P6).
  BOOST_TEST(state.instance_id != stored.state.instance_id);
  BOOST_TEST(state.boot_count == 2);
  EXPECT_ERROR(ImportState(stored, copy), Errc::kInvalidArgument);
  BOOST_TEST(Text(Kind::Open(copy)->Load(kProducer)) == SampleText(13));
}

BOOST_AUTO_TEST_CASE(one_kind_becomes_the_other) {
  OpenWithSaves<FileSnapshotter>(13);
  StoredState stored = ReadState(path);
  BOOST_TEST((stored.kind == StateKind::kFile));
  stored.kind = StateKind::kSqlite;
  ImportState(stored, copy);
  stored = ReadState(copy);
  BOOST_TEST((stored.kind == StateKind::kSqlite));
  BOOST_TEST(Text(stored.state) == SampleText(13));
}

BOOST_AUTO_TEST_CASE(an_export_is_json_with_exact_numbers_and_bytes) {
  StoredState stored;
  stored.producer = "p";
  stored.state.instance_id = "i";
  stored.state.boot_count = 3;
  stored.state.produced = {{"a", INT64_MAX}};
  stored.state.outbox = {Entry("a", INT64_MAX, "{\"x\":1}"), Entry("a", 1, std::string("\xFF\0", 2))};
  stored.state.consumers[{"c", "n"}] = {{{"q", {INT64_MAX, kUnsetTime}}}, {UINT64_MAX, "e"}};
  stored.state.ledger[{"other", ""}] = {Row(1, LedgerStatus::kMissing, 5, INT64_MAX - 1)};
  stored.state.quarantine[{"c", "n"}] = {Kept(4, "bytes")};
  const std::string text = ExportState(stored);
  const auto json = nlohmann::json::parse(text);
  BOOST_TEST(json["produced"][0]["sequence"].get<std::int64_t>() == INT64_MAX);
  BOOST_TEST(json["subscriptions"][0]["position"]["offset"].get<std::uint64_t>() == UINT64_MAX);
  BOOST_TEST(json["outbox"][0]["bytes"]["text"] == "{\"x\":1}");
  BOOST_TEST(json["outbox"][1]["bytes"]["base64"] == "/wA=");
  BOOST_TEST(json["subscriptions"][1]["position"].is_null());
  BOOST_TEST(json["subscriptions"][1]["ledger"][0]["status_text"] == "missing");
  const StoredState again = ParseStateExport(text);
  BOOST_TEST(Text(again.state) == Text(stored.state));
  BOOST_TEST(again.state.boot_count == 3);
  BOOST_TEST(again.producer == "p");
}

BOOST_AUTO_TEST_CASE(what_is_no_export_is_malformed_and_the_message_says_where) {
  StoredState stored;
  stored.producer = "p";
  stored.state.produced = {{"a", 7}};
  stored.state.ledger[{"c", ""}] = {Row(1, LedgerStatus::kMissing, 5, 6)};
  stored.state.quarantine[{"c", ""}] = {Kept(4, "bytes")};
  const std::string text = ExportState(stored);
  const auto spoilt = [&](const std::string& pointer, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(text);
    json[nlohmann::json::json_pointer(pointer)] = value;
    return json.dump();
  };
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), std::string("{}"), std::string(100'000, '['),
        spoilt("/gapless_state", 2), spoilt("/kind", "tape"), spoilt("/producer", 7), spoilt("/produced", 7),
        spoilt("/produced/0/sequence", "7"), spoilt("/produced/0/sequence", 7.0), spoilt("/produced/0/sequence", -7),
        spoilt("/produced/0/sequence", std::uint64_t{1} << 63), spoilt("/subscriptions/0/ledger/0/status", 300),
        spoilt("/subscriptions/0/ledger/0/status", 0), spoilt("/subscriptions/0/ledger/0/id", 0),
        spoilt("/subscriptions/0/quarantine/0/bytes", {{"base64", "?"}}),
        spoilt("/subscriptions/0/quarantine/0/bytes", nullptr), spoilt("/subscriptions/0/quarantine/0/offset", -1)}) {
    EXPECT_ERROR(ParseStateExport(bad), Errc::kMalformed);
  }
  std::string message;
  ErrcOf([&] { ParseStateExport(spoilt("/produced/0/sequence", "7")); }, &message);
  BOOST_TEST(message.find("/produced/0/sequence is no integer") != std::string::npos, message);
}

BOOST_AUTO_TEST_CASE(base64_is_what_others_write_and_nothing_else_is_read) {
  const std::pair<std::string, std::string> kCases[] = {{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"},
                                                        {"\xFF\xFE", "//4="}};
  for (const auto& [bytes, text] : kCases) {
    BOOST_TEST(internal::EncodeBase64(bytes) == text);
    BOOST_TEST(internal::DecodeBase64(text).value() == bytes);
  }
  for (const char* bad : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm 9"}) {
    BOOST_TEST(!internal::DecodeBase64(bad).has_value(), bad);
  }
}

BOOST_AUTO_TEST_CASE(there_must_be_state_to_look_at) {
  EXPECT_ERROR(ReadState(path), Errc::kInvalidArgument);
  EXPECT_ERROR(VerifyState(path), Errc::kInvalidArgument);
  BOOST_TEST(!FileExists(path));
  WriteFile(path, "nonsense");
  EXPECT_ERROR(ReadState(path), Errc::kStateCorrupt);
  std::filesystem::remove(path);
  OtherConnection(path).Run("CREATE TABLE mine (x)");
  EXPECT_ERROR(ReadState(path), Errc::kInvalidArgument);
  EXPECT_ERROR(VerifyState(path), Errc::kInvalidArgument);
}

BOOST_AUTO_TEST_CASE(a_plain_file_of_parsec_is_read_and_has_no_owner) {
  WriteFile(path, R"({"public:app.a":7})");
  const StoredState stored = ReadState(path);
  BOOST_TEST(stored.producer == "");
  BOOST_TEST(Text(stored.state) == "produced public:app.a=7\n");
  BOOST_TEST(Findings(VerifyState(path)) == "");
  EXPECT_ERROR(ImportState(stored, copy), Errc::kInvalidArgument);
}

BOOST_AUTO_TEST_CASE(L5_state_of_an_older_version_is_read_without_being_migrated) {
  const std::string golden = std::string(GAPLESS_SOURCE_DIR) + "/tests/golden/state/v1/";
  WriteFile(path, ReadFile(golden + "state.db"));
  const StoredState stored = ReadState(path);
  BOOST_TEST(stored.state.produced.at("public:app.a") == 12);
  BOOST_TEST(stored.state.ledger.size() == 2u);
  BOOST_TEST(OtherConnection(path).Ask("SELECT schema_version FROM gapless_state") == "1");
  for (const char* suffix : {"", ".journal-0", ".journal-1", ".previous"}) {
    WriteFile(copy + suffix, ReadFile(golden + "state.json" + suffix));
  }
  BOOST_TEST(Text(ReadState(copy).state) == Text(stored.state));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sound_state_has_no_findings, Kind, Kinds) {
  {
    const auto snapshotter = Kind::Open(path);
    snapshotter->Load(kProducer);
    snapshotter->Save(HonestSave(1, 5));
    BOOST_TEST(Findings(VerifyState(path)) == "");
  }
  BOOST_TEST(Findings(VerifyState(path)) == "");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(verification_tells_everything_that_contradicts_itself, Kind, Kinds) {
  const ConsumerKey key{"public:app.in", ""};
  {
    const auto snapshotter = Kind::Open(path);
    snapshotter->Load(kProducer);
    Changes changes = HonestSave(1, 5);
    changes.produced.clear();
    changes.outbox_added.push_back(Entry("public:app.b", 1, "no envelope"));
    changes.outbox_added.push_back(Entry("public:app.b", 7, *changes.outbox_added[0].bytes));
    changes.ledger = {{key, Row(1, LedgerStatus::kMissing, 5, 9)},
                      {key, Row(2, LedgerStatus::kMissing, 9, 9)},
                      {key, Row(3, LedgerStatus::kMissing, 12, 11)}};
    changes.quarantine = {{key, Kept(1, "no envelope")}};
    snapshotter->Save(changes);
  }
  const std::string findings = Findings(VerifyState(path));
  for (const char* part : {"used again", "bytes are no envelope", "bytes are those of", "rows 1 and 2 overlap",
                           "row 3: its range is none", "quarantine of", "note: outbox"}) {
    BOOST_TEST(findings.find(part) != std::string::npos, "no '" << part << "' in\n" << findings);
  }
}

BOOST_AUTO_TEST_CASE(damaged_files_are_all_found_and_told_from_what_is_only_old) {
  for (int life = 0; life < 2; ++life) {
    const auto snapshotter = FileSnapshotter::Open(path);
    snapshotter->Load(kProducer);
    snapshotter->Save(HonestSave(1, 5));
  }
  BOOST_TEST(Findings(VerifyState(path)) == "");
  const auto flip = [](const std::string& name) {
    std::string bytes = ReadFile(name);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    WriteFile(name, bytes);
  };
  flip(path + ".previous");
  BOOST_TEST(Damages(VerifyState(path)) == 0u);
  BOOST_TEST(VerifyState(path).size() == 1u);
  flip(path + ".journal-0");
  flip(path + ".journal-1");
  BOOST_TEST(Damages(VerifyState(path)) == 1u);
  BOOST_TEST(VerifyState(path).size() == 2u);
  flip(path);
  BOOST_TEST(Damages(VerifyState(path)) == 1u);
  EXPECT_ERROR(ReadState(path), Errc::kStateCorrupt);
}

BOOST_AUTO_TEST_CASE(a_save_that_was_cut_off_is_a_note) {
  const auto snapshotter = OpenWithSaves<FileSnapshotter>(0);
  snapshotter->Save(HonestSave(1, 2));
  const std::string journal = ReadFile(path + ".journal-1");
  snapshotter->Save(HonestSave(3, 3));
  const std::string longer = ReadFile(path + ".journal-1");
  WriteFile(path + ".journal-1", longer.substr(0, (journal.size() + longer.size()) / 2));
  const auto findings = VerifyState(path);
  BOOST_REQUIRE(findings.size() == 1u);
  BOOST_TEST(!findings[0].damage);
  WriteFile(path + ".journal-1", longer);
}

BOOST_AUTO_TEST_CASE(a_damaged_database_is_found) {
  {
    const auto snapshotter = OpenWithSaves<SqliteSnapshotter>(0);
    for (int n = 1; n <= 50; ++n) snapshotter->Save(HonestSave(n, n));
  }
  BOOST_TEST(Findings(VerifyState(path)) == "");
  const std::string whole = ReadFile(path);
  std::size_t found = 0;
  for (std::size_t page = 1; page < whole.size() / 4'096; ++page) {
    std::string bytes = whole;
    for (std::size_t at = 0; at < 64; ++at) bytes[page * 4'096 + at] = static_cast<char>(0xA5);
    WriteFile(path, bytes);
    if (Damages(VerifyState(path)) > 0) ++found;
  }
  BOOST_TEST(found >= whole.size() / 4'096 - 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(L5_an_import_is_refused_while_somebody_owns_the_place, Kind, Kinds) {
  const auto owner = OpenWithSaves<Kind>(3);
  StoredState stored = ReadState(path);
  EXPECT_ERROR(ImportState(stored, path), Errc::kStateLocked);
}

// Every operation on the disk fails once: then there is the whole state, or none, or one that is refused.
BOOST_AUTO_TEST_CASE(D26_an_import_that_fails_leaves_no_part_of_a_state) {
  StoredState stored;
  stored.producer = kProducer;
  Changes changes = HonestSave(1, 5);
  stored.state.produced = {changes.produced.begin(), changes.produced.end()};
  stored.state.outbox = changes.outbox_added;
  const std::string expected = Text(stored.state);
  bool failed = true;
  for (int nth = 1; failed; ++nth) {
    for (const DiskFault kind : {DiskFault::kRefused, DiskFault::kHalf, DiskFault::kDone}) {
      const auto disk = std::make_shared<SimulatedDisk>();
      disk->FailAt(nth, kind, false);
      const auto thrown = ErrcOf([&] { ImportState(stored, "/state", {.io = disk}); });
      failed = disk->HasFailed();
      for (const auto& after : {disk->AsItIs(), disk->OnlySynced()}) {
        std::string text;
        const auto refused =
            ErrcOf([&] { text = Text(FileSnapshotter::Open("/state", {.io = after})->Load(kProducer)); });
        BOOST_TEST_CONTEXT("operation " << nth) {
          BOOST_TEST((refused == Errc::kStateCorrupt || text.empty() || text == expected));
          if (!thrown) BOOST_TEST(text == expected);
        }
      }
      if (thrown == Errc::kStateNotWritable) {
        // Once the disk is mended it goes through.
        ImportState(stored, "/state", {.io = disk});
        BOOST_TEST(Text(ReadState("/state", {.io = disk}).state) == expected);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(L6_completeness_is_answered_from_a_state_that_nobody_has_open) {
  const ConsumerKey key{"public:app.in", ""};
  {
    const auto snapshotter = SqliteSnapshotter::Open(path);
    snapshotter->Load(kProducer);
    Changes changes;
    changes.consumers = {{key, {{{"writer-1", {20, kUnsetTime}}}, {}}}};
    changes.ledger = {{key, Row(1, LedgerStatus::kMissing, 5, 9)}};
    snapshotter->Save(changes);
  }
  const StoredState stored = ReadState(path);
  BOOST_TEST(CompletenessOf(stored, key, "writer-1", 10, 20).complete);
  BOOST_TEST(!CompletenessOf(stored, key, "writer-1", 1, 20).complete);
  BOOST_TEST(!CompletenessOf(stored, key, "nobody", 1, 1).complete);
  BOOST_TEST(!CompletenessOf(stored, {"none", ""}, "writer-1", 1, 1).complete);
  EXPECT_ERROR(CompletenessOf(stored, key, "writer-1", 0, 1), Errc::kInvalidArgument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::test
