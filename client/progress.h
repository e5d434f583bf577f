#ifndef GAPLESS_CLIENT_PROGRESS_H_
#define GAPLESS_CLIENT_PROGRESS_H_

#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "gapless/snapshotter.h"

namespace gapless::internal {

/// Entries put and removed by id.
template <typename Entry>
struct Edits {
  std::map<std::int64_t, Entry> put;
  std::set<std::int64_t> removed;

  bool Empty() const { return put.empty() && removed.empty(); }
  void Put(const Entry& entry) {
    removed.erase(entry.id);
    put.insert_or_assign(entry.id, entry);
  }
  void Remove(std::int64_t id) {
    put.erase(id);
    removed.insert(id);
  }
  void Add(const Edits& newer) {
    for (const auto& [id, entry] : newer.put) Put(entry);
    for (const std::int64_t id : newer.removed) Remove(id);
  }
  void ApplyTo(std::map<std::int64_t, Entry>& entries) const {
    for (const auto& [id, entry] : put) entries.insert_or_assign(id, entry);
    for (const std::int64_t id : removed) entries.erase(id);
  }
};

/// What one subscription has to save: how far its handlers came, and what of its ledger and quarantine has changed
/// with that. All of it belongs into one save.
struct Progress {
  /// Those that moved, and the position.
  ConsumerState moved;
  bool has_moved = false;
  Edits<LedgerRow> ledger;
  Edits<QuarantinedEnvelope> quarantine;

  bool Empty() const { return !has_moved && ledger.Empty() && quarantine.Empty(); }

  void MoveTo(const Position& position) {
    moved.position = position;
    has_moved = true;
  }
  void Add(const Progress& newer) {
    for (const auto& [producer, cursor] : newer.moved.cursors) moved.cursors[producer] = cursor;
    if (newer.has_moved) MoveTo(newer.moved.position);
    ledger.Add(newer.ledger);
    quarantine.Add(newer.quarantine);
  }
  void AppendTo(Changes& changes, const ConsumerKey& key) const {
    if (has_moved) changes.consumers.emplace_back(key, moved);
    for (const auto& [id, row] : ledger.put) changes.ledger.emplace_back(key, row);
    for (const std::int64_t id : ledger.removed) changes.ledger_removed.emplace_back(key, id);
    for (const auto& [id, kept] : quarantine.put) changes.quarantine.emplace_back(key, kept);
    for (const std::int64_t id : quarantine.removed) changes.quarantine_removed.emplace_back(key, id);
  }
};

/// All that is known of one subscription, whether or not it lives now: what all its progress adds up to.
struct ConsumerRecord {
  ConsumerState state;
  std::map<std::int64_t, LedgerRow> ledger;
  std::map<std::int64_t, QuarantinedEnvelope> quarantine;

  void Apply(const Progress& progress) {
    for (const auto& [producer, cursor] : progress.moved.cursors) state.cursors[producer] = cursor;
    if (progress.has_moved) state.position = progress.moved.position;
    progress.ledger.ApplyTo(ledger);
    progress.quarantine.ApplyTo(quarantine);
  }
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_PROGRESS_H_
