#include "gapless/gap.h"

namespace gapless {

std::string_view ToString(GapKind kind) noexcept {
  switch (kind) {
    case GapKind::kRange:
      return "range";
    case GapKind::kOpen:
      return "open";
    case GapKind::kNone:
      return "none";
    case GapKind::kReset:
      return "reset";
    case GapKind::kFilled:
      return "filled";
  }
  return "unknown";
}

std::string_view ToString(GapCause cause) noexcept {
  switch (cause) {
    case GapCause::kNotInHistory:
      return "not in the server's history";
    case GapCause::kNoHistory:
      return "the server keeps no history";
    case GapCause::kHistoryRefused:
      return "the server refused its history";
    case GapCause::kEpochChanged:
      return "the server began a new stream";
    case GapCause::kReset:
      return "the producer started over";
    case GapCause::kClosedOpen:
      return "an open gap closed";
    case GapCause::kArrivedLate:
      return "it arrived late";
    case GapCause::kNotAccounted:
      return "the ledger begins later";
  }
  return "unknown";
}

}  // namespace gapless
