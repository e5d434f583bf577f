// Where the client's driver answers from the ledgers of its subscriptions.

#include <utility>

#include "client/client_core.h"
#include "snapshot/ledger.h"

namespace gapless::internal {

void ClientCore::RestoreConsumers(gapless::State state) {
  for (auto& [key, consumer] : state.consumers) consumers_[key].state = std::move(consumer);
  for (auto& [key, rows] : state.ledger) {
    for (LedgerRow& row : rows) consumers_[key].ledger.emplace(row.id, std::move(row));
  }
  for (auto& [key, envelopes] : state.quarantine) {
    for (QuarantinedEnvelope& kept : envelopes) consumers_[key].quarantine.emplace(kept.id, std::move(kept));
  }
}

void ClientCore::RequireState() const {
  if (options_.snapshotter) return;
  throw Error(Errc::kNotSupported, "the ledger of gaps lives in state; give the client a snapshotter");
}

gapless::Completeness ClientCore::Completeness(const ConsumerKey& key, const std::string& producer, std::int64_t first,
                                               std::int64_t last) const {
  RequireState();
  if (first < 1 || first > last) {
    throw Error(Errc::kInvalidArgument, "a range of sequences needs 1 <= first <= last").WithChannel(key.channel);
  }
  const std::vector<LedgerRow> rows = Ledger(key);
  std::int64_t cursor = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto known = consumers_.find(key); known != consumers_.end()) {
      const auto& cursors = known->second.state.cursors;
      if (const auto found = cursors.find(producer); found != cursors.end()) cursor = found->second.sequence;
    }
  }
  return Judge(rows, producer, cursor, first, last);
}

std::vector<LedgerRow> ClientCore::Ledger(const ConsumerKey& key) const {
  RequireState();
  std::vector<LedgerRow> rows;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = consumers_.find(key);
  if (known == consumers_.end()) return rows;
  rows.reserve(known->second.ledger.size());
  for (const auto& [id, row] : known->second.ledger) rows.push_back(row);
  return rows;
}

}  // namespace gapless::internal
