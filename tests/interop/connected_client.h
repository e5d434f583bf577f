#ifndef GAPLESS_TESTS_INTEROP_CONNECTED_CLIENT_H_
#define GAPLESS_TESTS_INTEROP_CONNECTED_CLIENT_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gapless/gapless.h"

namespace gapless::test {

/// A client over `transport`, not connected yet. It tries again fast, and takes whatever name a server gives a channel.
inline std::unique_ptr<Client> NewClient(std::shared_ptr<Transport> transport, const std::string& id,
                                         const std::function<void(ClientOptions&)>& tweak = {}) {
  ClientOptions options{.transport = std::move(transport), .producer = {.id = id, .kind = ProducerKind::kService}};
  options.reconnect = {.min_delay = std::chrono::milliseconds(5), .max_delay = std::chrono::milliseconds(200)};
  options.any_channel_name = true;
  if (tweak) tweak(options);
  return std::make_unique<Client>(std::move(options));
}

/// The same, connected.
inline std::unique_ptr<Client> ConnectedOver(std::shared_ptr<Transport> transport, const std::string& id,
                                             const std::function<void(ClientOptions&)>& tweak = {}) {
  auto client = NewClient(std::move(transport), id, tweak);
  client->Connect();
  return client;
}

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_INTEROP_CONNECTED_CLIENT_H_
