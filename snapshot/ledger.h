#ifndef GAPLESS_SNAPSHOT_LEDGER_H_
#define GAPLESS_SNAPSHOT_LEDGER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gapless/ledger.h"
#include "gapless/snapshotter.h"

namespace gapless::internal {

/// What a ledger knows of consumers whose state was written before there was one: nothing, up to each cursor.
Changes LedgerOfOlderState(const std::map<ConsumerKey, ConsumerState>& consumers);

/// Whether `[first, last]` of `producer`'s stream is complete by `rows`, the ledger of one subscription. `cursor` is
/// that of the stream, 0 for none. `first` is at least 1 and not above `last`.
Completeness Judge(const std::vector<LedgerRow>& rows, const std::string& producer, std::int64_t cursor,
                   std::int64_t first, std::int64_t last);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_LEDGER_H_
