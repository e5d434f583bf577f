// Where the client's driver asks the validator.

#include "client/client_core.h"

namespace gapless::internal {

std::optional<Objection> ClientCore::CheckIncoming(const Envelope& envelope) {
  auto objection = options_.validator.Check(envelope);
  if (objection) ++counters_.invalid;
  return objection;
}

void ClientCore::CheckOutgoing(const Envelope& envelope) {
  const auto objection = options_.validator.Check(envelope);
  if (!objection) return;
  ++counters_.invalid;
  if (objection->fatal) throw Error(*objection);
  PostError(*objection);
}

}  // namespace gapless::internal
