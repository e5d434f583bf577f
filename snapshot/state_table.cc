#include "snapshot/state_table.h"

#include <algorithm>

namespace gapless::internal {

void StateTable::Apply(const Changes& changes) {
  for (const auto& [channel, sequence] : changes.produced) {
    std::int64_t& last = produced_[channel];
    last = std::max(last, sequence);
    if (const auto ceiling = reserved_.find(channel); ceiling != reserved_.end() && ceiling->second <= last) {
      reserved_.erase(ceiling);
    }
  }
  for (const auto& [channel, ceiling] : changes.reserved) {
    const auto last = produced_.find(channel);
    if (ceiling > (last == produced_.end() ? 0 : last->second)) {
      reserved_[channel] = ceiling;
    } else {
      reserved_.erase(channel);
    }
  }
  for (const OutboxEntry& entry : changes.outbox_added) {
    if (outbox_places_.try_emplace({entry.channel, entry.sequence}, next_place_).second) {
      outbox_.emplace(next_place_++, entry);
    }
  }
  for (const auto& place : changes.outbox_removed) {
    if (const auto found = outbox_places_.find(place); found != outbox_places_.end()) {
      outbox_.erase(found->second);
      outbox_places_.erase(found);
    }
  }
  for (const auto& [key, state] : changes.consumers) {
    ConsumerState& stored = consumers_[key];
    for (const auto& [producer, cursor] : state.cursors) stored.cursors[producer] = cursor;
    stored.position = state.position;
  }
  for (const auto& [key, row] : changes.ledger) ledger_[{key, row.id}] = row;
  for (const auto& place : changes.ledger_removed) ledger_.erase(place);
  for (const auto& [key, kept] : changes.quarantine) quarantine_[{key, kept.id}] = kept;
  for (const auto& place : changes.quarantine_removed) quarantine_.erase(place);
}

std::map<ConsumerKey, std::vector<LedgerRow>> StateTable::Ledger() const {
  std::map<ConsumerKey, std::vector<LedgerRow>> ledger;
  for (const auto& [place, row] : ledger_) ledger[place.first].push_back(row);
  return ledger;
}

std::map<ConsumerKey, std::vector<QuarantinedEnvelope>> StateTable::Quarantine() const {
  std::map<ConsumerKey, std::vector<QuarantinedEnvelope>> quarantine;
  for (const auto& [place, kept] : quarantine_) quarantine[place.first].push_back(kept);
  return quarantine;
}

std::vector<OutboxEntry> StateTable::Outbox() const {
  std::vector<OutboxEntry> entries;
  entries.reserve(outbox_.size());
  for (const auto& [place, entry] : outbox_) entries.push_back(entry);
  return entries;
}

Changes StateTable::Rest() const {
  Changes changes;
  changes.outbox_added = Outbox();
  changes.consumers.assign(consumers_.begin(), consumers_.end());
  for (const auto& [place, row] : ledger_) changes.ledger.emplace_back(place.first, row);
  for (const auto& [place, kept] : quarantine_) changes.quarantine.emplace_back(place.first, kept);
  return changes;
}

}  // namespace gapless::internal
