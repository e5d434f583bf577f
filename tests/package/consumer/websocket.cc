// A consumer of both libraries: one message over a real socket to a hub of its own.

#include <gapless/gapless.h>
#include <gapless/hub.h>

#include <chrono>
#include <cstdio>
#include <future>
#include <memory>
#include <string>

namespace {

bool Run() {
  const auto hub = std::make_shared<gapless::Hub>();
  const gapless::HubServer server(hub);
  std::promise<std::string> arrived;
  std::future<std::string> payload = arrived.get_future();

  gapless::Client client({.transport = gapless::WebSocket({.url = server.url()}), .producer = {.id = "editor-7"}});
  gapless::Subscription room = client.Subscribe("public:webapp.room.42", {.from_start = true});
  room.OnEnvelope([&arrived](const gapless::Envelope& envelope) { arrived.set_value(envelope.payload); });
  client.Connect();
  client.Publish("public:webapp.room.42", gapless::Draft{.aspect = "cursor", .payload = R"({"x":3})"});
  const bool in_time = payload.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  room.Unsubscribe();
  return in_time && payload.get() == R"({"x":3})";
}

}  // namespace

int main() {
  try {
    return Run() ? 0 : 1;
  } catch (const gapless::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
