#include "tests/unit/snapshot/fixtures.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <sstream>
#include <stdexcept>

namespace gapless::test {
namespace {

std::string CursorText(const Cursor& cursor) {
  return std::to_string(cursor.sequence) + "@" + std::to_string(cursor.produced_at.time_since_epoch().count());
}

std::string PositionText(const Position& position) { return std::to_string(position.offset) + "/" + position.epoch; }

std::string ConsumerName(const ConsumerKey& key) { return key.channel + "|" + key.name; }

std::string OutboxName(const std::string& channel, std::int64_t sequence) {
  return channel + "#" + std::to_string(sequence);
}

std::string RowText(const LedgerRow& row) {
  const auto at = [](Timestamp time) { return std::to_string(time.time_since_epoch().count()); };
  return std::string(ToString(row.status)) + " " + row.producer + "[" + std::to_string(row.first) + "," +
         std::to_string(row.last) + "] told [" + std::to_string(row.told_first) + "," + std::to_string(row.told_last) +
         "] cause " + std::to_string(static_cast<int>(row.cause)) + " " + at(row.found_at) + " " + at(row.ended_at);
}

std::string KeptText(const QuarantinedEnvelope& kept) {
  return *kept.bytes + " " + std::to_string(static_cast<int>(kept.code)) + " " + kept.reason + " @" +
         std::to_string(kept.offset) + " " + std::to_string(kept.quarantined_at.time_since_epoch().count());
}

std::string Numbered(const ConsumerKey& key, std::int64_t id) { return ConsumerName(key) + "#" + std::to_string(id); }

std::string Lines(const std::string& what, const std::map<std::string, std::string>& entries) {
  std::string text;
  for (const auto& [name, entry] : entries) text += what + " " + name + "=" + entry + "\n";
  return text;
}

}  // namespace

TempDirectory::TempDirectory(bool on_disk) {
  const std::filesystem::path in_memory = "/dev/shm";
  const bool has_memory = access(in_memory.c_str(), W_OK | X_OK) == 0;
  const auto parent = has_memory && !on_disk ? in_memory : std::filesystem::temp_directory_path();
  std::string pattern = (parent / "gapless-snapshot-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = pattern;
}

TempDirectory::~TempDirectory() { std::filesystem::remove_all(path_); }

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

bool FileExists(const std::string& path) { return std::filesystem::exists(path); }

Model& Model::Apply(const Changes& changes) {
  for (const auto& [channel, sequence] : changes.produced) {
    if (sequence > produced_[channel]) produced_[channel] = sequence;
  }
  for (const auto& [channel, ceiling] : changes.reserved) reserved_[channel] = ceiling;
  for (const OutboxEntry& entry : changes.outbox_added) {
    outbox_.emplace_back(OutboxName(entry.channel, entry.sequence), *entry.bytes);
  }
  for (const auto& [channel, sequence] : changes.outbox_removed) {
    const std::string name = OutboxName(channel, sequence);
    outbox_.erase(
        std::remove_if(outbox_.begin(), outbox_.end(), [&](const auto& entry) { return entry.first == name; }),
        outbox_.end());
  }
  for (const auto& [key, state] : changes.consumers) {
    positions_[ConsumerName(key)] = PositionText(state.position);
    for (const auto& [producer, cursor] : state.cursors) {
      cursors_[ConsumerName(key) + "|" + producer] = CursorText(cursor);
    }
  }
  for (const auto& [key, row] : changes.ledger) ledger_[Numbered(key, row.id)] = RowText(row);
  for (const auto& [key, id] : changes.ledger_removed) ledger_.erase(Numbered(key, id));
  for (const auto& [key, kept] : changes.quarantine) quarantine_[Numbered(key, kept.id)] = KeptText(kept);
  for (const auto& [key, id] : changes.quarantine_removed) quarantine_.erase(Numbered(key, id));
  return *this;
}

std::string Model::Text() const {
  std::ostringstream text;
  for (const auto& [channel, sequence] : produced_) text << "produced " << channel << "=" << sequence << "\n";
  for (const auto& [channel, ceiling] : reserved_) {
    const auto last = produced_.find(channel);
    if (ceiling > (last == produced_.end() ? 0 : last->second))
      text << "reserved " << channel << "=" << ceiling << "\n";
  }
  for (const auto& [name, position] : positions_) text << "position " << name << "=" << position << "\n";
  for (const auto& [name, cursor] : cursors_) text << "cursor " << name << "=" << cursor << "\n";
  for (const auto& [name, bytes] : outbox_) text << "outbox " << name << "=" << bytes << "\n";
  return text.str() + Lines("ledger", ledger_) + Lines("quarantine", quarantine_);
}

std::string Text(const State& state) {
  std::ostringstream text;
  for (const auto& [channel, sequence] : state.produced) text << "produced " << channel << "=" << sequence << "\n";
  for (const auto& [channel, ceiling] : state.reserved) text << "reserved " << channel << "=" << ceiling << "\n";
  for (const auto& [key, consumer] : state.consumers) {
    text << "position " << ConsumerName(key) << "=" << PositionText(consumer.position) << "\n";
  }
  std::map<std::string, std::string> cursors;
  for (const auto& [key, consumer] : state.consumers) {
    for (const auto& [producer, cursor] : consumer.cursors) {
      cursors[ConsumerName(key) + "|" + producer] = CursorText(cursor);
    }
  }
  for (const auto& [name, cursor] : cursors) text << "cursor " << name << "=" << cursor << "\n";
  for (const OutboxEntry& entry : state.outbox) {
    text << "outbox " << OutboxName(entry.channel, entry.sequence) << "=" << *entry.bytes << "\n";
  }
  std::map<std::string, std::string> ledger;
  for (const auto& [key, rows] : state.ledger) {
    for (const LedgerRow& row : rows) ledger[Numbered(key, row.id)] = RowText(row);
  }
  std::map<std::string, std::string> quarantine;
  for (const auto& [key, envelopes] : state.quarantine) {
    for (const QuarantinedEnvelope& kept : envelopes) quarantine[Numbered(key, kept.id)] = KeptText(kept);
  }
  return text.str() + Lines("ledger", ledger) + Lines("quarantine", quarantine);
}

Changes SampleSave(int number, std::size_t size) {
  Changes changes = Produced("public:app.a", number);
  if (number % 2 == 0) changes.produced.emplace_back("public:app.b", number / 2);
  if (number == 2) changes.reserved.emplace_back("public:app.c", 64);
  if (number % 4 == 1) changes.reserved.emplace_back("public:app.a", number + 10);
  if (number % 4 == 3) changes.reserved.emplace_back("public:app.a", number % 8 == 3 ? 0 : number + 1);
  std::string bytes = "envelope " + std::to_string(number) + " ";
  bytes.resize(std::max(size, bytes.size()), 'x');
  changes.outbox_added.push_back(Entry("public:app.a", number, bytes));
  if (number > 2) changes.outbox_removed.emplace_back("public:app.a", number - 2);
  if (number % 3 == 0) {
    const Cursor cursor{number, Timestamp{std::chrono::milliseconds{1'000 + number}}};
    ConsumerState state;
    state.cursors["writer-" + std::to_string(number % 2)] = cursor;
    state.position = {0xFFFF'FFFF'FFFF'0000U + static_cast<unsigned>(number), "epoch-" + std::to_string(number / 5)};
    const ConsumerKey key{"public:app.in", number % 2 == 0 ? "" : "named"};
    changes.consumers.emplace_back(key, state);
    changes.ledger.emplace_back(key, Row(number, LedgerStatus::kMissing, number, number + 4));
    changes.ledger.emplace_back(key, Row(1, LedgerStatus::kFilled, 1, number));
    changes.quarantine.emplace_back(key, Kept(number, "envelope " + std::to_string(number)));
    if (number > 6) changes.ledger_removed.emplace_back(key, number - 6);
    if (number > 6) changes.quarantine_removed.emplace_back(key, number - 6);
  }
  return changes;
}

std::string SampleText(int count, std::size_t size) {
  Model model;
  for (int number = 1; number <= count; ++number) model.Apply(SampleSave(number, size));
  return model.Text();
}

Changes Produced(const std::string& channel, std::int64_t sequence) {
  Changes changes;
  changes.produced.emplace_back(channel, sequence);
  return changes;
}

LedgerRow Row(std::int64_t id, LedgerStatus status, std::int64_t first, std::int64_t last) {
  const Timestamp found{std::chrono::milliseconds{1'000 + id % 1'000}};
  return {id, "writer-1", status, GapCause::kEpochChanged, first, last, first - 1, last + 1, found, kUnsetTime};
}

QuarantinedEnvelope Kept(std::int64_t id, const std::string& bytes) {
  return {id,
          std::make_shared<const std::string>(bytes),
          Errc::kUnsupportedAspect,
          "reason " + std::to_string(id),
          0xFFFF'FFFF'FFFF'0000U + static_cast<unsigned>(id),
          Timestamp{std::chrono::milliseconds{2'000 + id}}};
}

OutboxEntry Entry(const std::string& channel, std::int64_t sequence, const std::string& bytes) {
  return {channel, sequence, std::make_shared<const std::string>(bytes)};
}

std::optional<Errc> ErrcOf(const std::function<void()>& call, std::string* message) {
  try {
    call();
  } catch (const Error& error) {
    if (message != nullptr) *message = error.what();
    return error.errc();
  }
  return std::nullopt;
}

}  // namespace gapless::test

namespace gapless {

std::ostream& operator<<(std::ostream& out, Errc code) { return out << static_cast<int>(code); }

}  // namespace gapless
