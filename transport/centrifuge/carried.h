#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_CARRIED_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_CARRIED_H_

#include "transport/centrifuge/outdated_positions.h"
#include "transport/centrifuge/server_side.h"
#include "transport/centrifuge/token_store.h"

namespace gapless::centrifuge {

/// What one connection of a transport leaves to the next.
struct Carried {
  TokenStore tokens;
  OutdatedPositions outdated = {};
  ServerSide server_side = {};
};

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_CARRIED_H_
