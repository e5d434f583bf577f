#ifndef GAPLESS_GAPLESS_H_
#define GAPLESS_GAPLESS_H_

/// Everything a user of gapless needs; the hub's server is in "gapless/hub.h" (target gapless::hub).

#include "gapless/centrifuge.h"
#include "gapless/channel_name.h"
#include "gapless/client.h"
#include "gapless/envelope.h"
#include "gapless/error.h"
#include "gapless/gap.h"
#include "gapless/ledger.h"
#include "gapless/memory_transport.h"
#include "gapless/parsec.h"
#include "gapless/runtime.h"
#include "gapless/schema.h"
#include "gapless/sequence.h"
#include "gapless/snapshotter.h"
#include "gapless/state.h"
#include "gapless/subscription.h"
#include "gapless/tag_filter.h"
#include "gapless/transport.h"
#include "gapless/websocket.h"

#endif  // GAPLESS_GAPLESS_H_
