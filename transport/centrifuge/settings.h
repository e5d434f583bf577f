#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_SETTINGS_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_SETTINGS_H_

#include <cstddef>

#include "gapless/websocket.h"
#include "transport/centrifuge/connection.h"
#include "transport/net/websocket.h"

namespace gapless::centrifuge {

/// Options that have been found to work, in the form in which they are used.
struct Settings {
  net::WebSocketRequest request;
  Connection::Options connection;
  std::size_t max_message_bytes;
  std::size_t max_receive_queue_bytes;
};

/// Throws `Error(kInvalidArgument)` that names the option. The URL, whose kind depends on the engine, is for the caller
/// to check.
Settings SettingsFrom(const WebSocketOptions& options);

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_SETTINGS_H_
