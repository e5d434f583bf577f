// State as JSON and back (formats.md).

#include <charconv>
#include <chrono>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "envelope/base64.h"
#include "gapless/state.h"
#include "snapshot/change_rules.h"
#include "snapshot/sqlite_reader.h"

namespace gapless {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kFormat = 1;

std::int64_t Milliseconds(Timestamp time) { return time.time_since_epoch().count(); }

Json BytesToJson(const std::string& bytes) {
  return internal::IsUtf8(bytes) ? Json{{"text", bytes}} : Json{{"base64", internal::EncodeBase64(bytes)}};
}

Json RowToJson(const LedgerRow& row) {
  return {{"id", row.id},
          {"producer", row.producer},
          {"status", static_cast<int>(row.status)},
          {"status_text", std::string(ToString(row.status))},
          {"cause", static_cast<int>(row.cause)},
          {"cause_text", std::string(ToString(row.cause))},
          {"first", row.first},
          {"last", row.last},
          {"told_first", row.told_first},
          {"told_last", row.told_last},
          {"found_at_ms", Milliseconds(row.found_at)},
          {"ended_at_ms", Milliseconds(row.ended_at)}};
}

Json KeptToJson(const QuarantinedEnvelope& kept) {
  return {{"id", kept.id},
          {"code", static_cast<int>(kept.code)},
          {"reason", kept.reason},
          {"offset", kept.offset},
          {"quarantined_at_ms", Milliseconds(kept.quarantined_at)},
          {"bytes", BytesToJson(*kept.bytes)}};
}

Json SubscriptionsToJson(const State& state) {
  std::map<ConsumerKey, Json> subscriptions;
  const auto entry = [&](const ConsumerKey& key) -> Json& {
    Json& json = subscriptions[key];
    if (json.is_null()) {
      json = {{"channel", key.channel},   {"name", key.name},        {"position", nullptr},
              {"cursors", Json::array()}, {"ledger", Json::array()}, {"quarantine", Json::array()}};
    }
    return json;
  };
  for (const auto& [key, consumer] : state.consumers) {
    Json& json = entry(key);
    json["position"] = {{"offset", consumer.position.offset}, {"epoch", consumer.position.epoch}};
    for (const auto& [producer, cursor] : consumer.cursors) {
      json["cursors"].push_back({{"producer", producer},
                                 {"sequence", cursor.sequence},
                                 {"produced_at_ms", Milliseconds(cursor.produced_at)}});
    }
  }
  for (const auto& [key, rows] : state.ledger) {
    for (const LedgerRow& row : rows) entry(key)["ledger"].push_back(RowToJson(row));
  }
  for (const auto& [key, envelopes] : state.quarantine) {
    for (const QuarantinedEnvelope& kept : envelopes) entry(key)["quarantine"].push_back(KeptToJson(kept));
  }
  Json all = Json::array();
  for (auto& [key, json] : subscriptions) all.push_back(std::move(json));
  return all;
}

/// A value in an export and its place, for messages. Whatever is not as it must be is `Error(kMalformed)`.
class Place {
 public:
  Place(const Json& json, std::string name) : json_(json), name_(std::move(name)) {}

  Place At(const char* key) const {
    if (!json_.is_object() || !json_.contains(key)) Fail("has no \"" + std::string(key) + "\"");
    return {json_.at(key), name_ + "/" + key};
  }
  bool Has(const char* key) const { return json_.is_object() && json_.contains(key); }
  bool IsNull() const { return json_.is_null(); }
  template <typename Each>
  void ForEach(const Each& each) const {
    if (!json_.is_array()) Fail("is no array");
    for (std::size_t i = 0; i < json_.size(); ++i) each(Place(json_.at(i), name_ + "/" + std::to_string(i)));
  }
  std::string Text() const {
    if (!json_.is_string()) Fail("is no string");
    return json_.get<std::string>();
  }
  std::uint64_t Unsigned() const {
    if (!json_.is_number_unsigned()) Fail("is no integer from 0 to 2^64 - 1");
    return json_.get<std::uint64_t>();
  }
  std::int64_t Integer() const {
    const bool fits =
        json_.is_number_integer() &&
        (!json_.is_number_unsigned() ||
         json_.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    if (!fits) Fail("is no integer of 64 bits");
    return json_.get<std::int64_t>();
  }
  std::uint8_t Byte() const {
    const std::uint64_t value = Unsigned();
    if (value > std::numeric_limits<std::uint8_t>::max()) Fail("is above 255");
    return static_cast<std::uint8_t>(value);
  }
  Timestamp Time() const { return Timestamp{std::chrono::milliseconds{Integer()}}; }
  std::shared_ptr<const std::string> Bytes() const {
    if (Has("text")) return std::make_shared<const std::string>(At("text").Text());
    const auto bytes = internal::DecodeBase64(At("base64").Text());
    if (!bytes) Fail("is no base64");
    return std::make_shared<const std::string>(*bytes);
  }
  [[noreturn]] void Fail(const std::string& what) const {
    throw Error(Errc::kMalformed,
                "this is no export of a state: " + (name_.empty() ? "the document" : name_) + " " + what);
  }

 private:
  const Json& json_;
  std::string name_;
};

LedgerRow ReadRow(const Place& at) {
  LedgerRow row;
  row.id = at.At("id").Integer();
  row.producer = at.At("producer").Text();
  row.status = static_cast<LedgerStatus>(at.At("status").Byte());
  row.cause = static_cast<GapCause>(at.At("cause").Byte());
  row.first = at.At("first").Integer();
  row.last = at.At("last").Integer();
  row.told_first = at.At("told_first").Integer();
  row.told_last = at.At("told_last").Integer();
  row.found_at = at.At("found_at_ms").Time();
  row.ended_at = at.At("ended_at_ms").Time();
  return row;
}

QuarantinedEnvelope ReadKept(const Place& at) {
  QuarantinedEnvelope kept;
  kept.id = at.At("id").Integer();
  kept.code = static_cast<Errc>(at.At("code").Byte());
  kept.reason = at.At("reason").Text();
  kept.offset = at.At("offset").Unsigned();
  kept.quarantined_at = at.At("quarantined_at_ms").Time();
  kept.bytes = at.At("bytes").Bytes();
  return kept;
}

void ReadSubscription(const Place& at, State& state) {
  const ConsumerKey key{at.At("channel").Text(), at.At("name").Text()};
  if (const Place position = at.At("position"); !position.IsNull()) {
    ConsumerState& consumer = state.consumers[key];
    consumer.position = {position.At("offset").Unsigned(), position.At("epoch").Text()};
    at.At("cursors").ForEach([&](const Place& cursor) {
      consumer.cursors[cursor.At("producer").Text()] = {cursor.At("sequence").Integer(),
                                                        cursor.At("produced_at_ms").Time()};
    });
  }
  at.At("ledger").ForEach([&](const Place& row) { state.ledger[key].push_back(ReadRow(row)); });
  at.At("quarantine").ForEach([&](const Place& kept) { state.quarantine[key].push_back(ReadKept(kept)); });
}

StateKind ReadKind(const Place& at) {
  const std::string kind = at.Text();
  if (kind != "file" && kind != "sqlite") at.Fail("is neither \"file\" nor \"sqlite\"");
  return kind == "file" ? StateKind::kFile : StateKind::kSqlite;
}

}  // namespace

std::string ExportState(const StoredState& stored) {
  if (const auto broken = internal::BrokenRule(internal::AllOf(stored.state))) {
    throw Error(Errc::kInvalidArgument, "this state cannot be exported: " + *broken);
  }
  Json json = {{"gapless_state", kFormat},
               {"kind", stored.kind == StateKind::kFile ? "file" : "sqlite"},
               {"producer", stored.producer},
               {"instance_id", stored.state.instance_id},
               {"boot_count", stored.state.boot_count},
               {"produced", Json::array()},
               {"reserved", Json::array()},
               {"outbox", Json::array()}};
  for (const auto& [channel, sequence] : stored.state.produced) {
    json["produced"].push_back({{"channel", channel}, {"sequence", sequence}});
  }
  for (const auto& [channel, ceiling] : stored.state.reserved) {
    json["reserved"].push_back({{"channel", channel}, {"ceiling", ceiling}});
  }
  for (const OutboxEntry& entry : stored.state.outbox) {
    json["outbox"].push_back(
        {{"channel", entry.channel}, {"sequence", entry.sequence}, {"bytes", BytesToJson(*entry.bytes)}});
  }
  json["subscriptions"] = SubscriptionsToJson(stored.state);
  return json.dump(2) + "\n";
}

StoredState ParseStateExport(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  const Place root(json, "");
  if (json.is_discarded()) root.Fail("is not JSON");
  if (root.At("gapless_state").Integer() != kFormat) root.Fail("has a format that this version does not know");
  StoredState stored;
  stored.kind = ReadKind(root.At("kind"));
  stored.producer = root.At("producer").Text();
  State& state = stored.state;
  state.instance_id = root.At("instance_id").Text();
  state.boot_count = root.At("boot_count").Integer();
  root.At("produced").ForEach([&](const Place& at) {
    state.produced[at.At("channel").Text()] = at.At("sequence").Integer();
  });
  root.At("reserved").ForEach([&](const Place& at) {
    state.reserved[at.At("channel").Text()] = at.At("ceiling").Integer();
  });
  root.At("outbox").ForEach([&](const Place& at) {
    state.outbox.push_back({at.At("channel").Text(), at.At("sequence").Integer(), at.At("bytes").Bytes()});
  });
  root.At("subscriptions").ForEach([&](const Place& at) { ReadSubscription(at, state); });
  if (const auto broken = internal::BrokenRule(internal::AllOf(state))) root.Fail("breaks a rule: " + *broken);
  return stored;
}

}  // namespace gapless
