#ifndef GAPLESS_SNAPSHOT_STATE_TABLE_H_
#define GAPLESS_SNAPSHOT_STATE_TABLE_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gapless/snapshotter.h"

namespace gapless::internal {

/// What all saves so far add up to, in memory.
class StateTable {
 public:
  /// Raises what was produced, never lowers it; ceilings replace those that are stored, and go once everything below
  /// them was produced. An outbox entry that is there already stays as it is; removals come
  /// after additions; named cursors and the position replace those that are stored.
  void Apply(const Changes& changes);

  const std::map<std::string, std::int64_t>& produced() const { return produced_; }
  const std::map<std::string, std::int64_t>& reserved() const { return reserved_; }
  const std::map<ConsumerKey, ConsumerState>& consumers() const { return consumers_; }
  std::map<ConsumerKey, std::vector<LedgerRow>> Ledger() const;
  std::map<ConsumerKey, std::vector<QuarantinedEnvelope>> Quarantine() const;
  /// In the order accepted.
  std::vector<OutboxEntry> Outbox() const;
  /// Changes that build everything but what was produced and reserved anew.
  Changes Rest() const;

 private:
  std::map<std::string, std::int64_t> produced_;
  /// Ceilings above what was produced.
  std::map<std::string, std::int64_t> reserved_;
  std::map<ConsumerKey, ConsumerState> consumers_;
  std::map<std::pair<ConsumerKey, std::int64_t>, LedgerRow> ledger_;
  std::map<std::pair<ConsumerKey, std::int64_t>, QuarantinedEnvelope> quarantine_;
  /// By order of acceptance, and where each is.
  std::map<std::uint64_t, OutboxEntry> outbox_;
  std::map<std::pair<std::string, std::int64_t>, std::uint64_t> outbox_places_;
  std::uint64_t next_place_ = 0;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_STATE_TABLE_H_
