#include "tests/network/carrier.h"

#include <chrono>
#include <optional>
#include <sstream>
#include <utility>

#include "tests/wires.h"

namespace gapless::test {
namespace {

using namespace std::chrono_literals;

WebSocketOptions HastyOptions(WebSocketEngineKind engine) {
  WebSocketOptions options;
  options.connect_timeout = 500ms;
  options.max_ping_delay = 200ms;
  options.engine = engine;
  return options;
}

}  // namespace

std::string ToString(const Carrier& carrier) {
  std::ostringstream text;
  text << carrier.wire << (carrier.engine == WebSocketEngineKind::kBeast ? "-beast" : "-cpprest");
  return text.str();
}

std::shared_ptr<Transport> Over(const Carrier& carrier, std::uint16_t port) {
  return Centrifuge({EndpointOf(carrier.wire, port)}, HastyOptions(carrier.engine));
}

std::shared_ptr<Transport> OverAnyWire(WebSocketEngineKind engine, std::uint16_t port) {
  return Centrifuge(
      {EndpointOf(Wire::kWebSocket, port), EndpointOf(Wire::kHttpStream, port), EndpointOf(Wire::kSse, port)},
      HastyOptions(engine));
}

std::unique_ptr<Client> HastyClient(std::shared_ptr<Transport> transport, const std::string& id) {
  ClientOptions options{.transport = std::move(transport), .producer = {.id = id, .kind = ProducerKind::kService}};
  options.reconnect = {.min_delay = 1ms, .max_delay = 20ms, .stable_after = 1s};
  options.answer_timeout = 250ms;
  options.close_timeout = 100ms;
  auto client = std::make_unique<Client>(std::move(options));
  // A changed byte can make a request of what no client may send, and the server's answer to that is for good.
  client->OnStateChange([&client = *client](ConnectionState state, const std::optional<Error>&) {
    if (state == ConnectionState::kFailed) client.Connect();
  });
  client->Connect();
  return client;
}

}  // namespace gapless::test
