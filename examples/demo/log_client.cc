#include "examples/demo/log_schema.h"
#include "examples/demo/roles.h"
#include "gapless/snapshotter.h"
#include "gapless/websocket.h"

namespace demo {

gapless::ClientOptions LogClientOptions(const std::string& url, const std::string& state) {
  gapless::ClientOptions options;
  options.transport = gapless::WebSocket({.url = url, .name = "gapless-demo"});
  options.snapshotter = gapless::SqliteSnapshotter::Open(state);
  options.validator = LogValidator();
  // The hub is on this machine and the run takes seconds: try again soon after a cut.
  options.reconnect.min_delay = std::chrono::milliseconds(20);
  options.reconnect.max_delay = std::chrono::milliseconds(500);
  return options;
}

}  // namespace demo
