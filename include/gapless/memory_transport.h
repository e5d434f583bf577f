#ifndef GAPLESS_MEMORY_TRANSPORT_H_
#define GAPLESS_MEMORY_TRANSPORT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/hub.h"
#include "gapless/runtime.h"
#include "gapless/transport.h"

namespace gapless {

/// The transport for users' own unit tests: in-process, over a `Hub`, without thread, port or sleep.
///
/// A client over it lives on a `ManualRuntime`: everything happens inside `Settle()` and inside calls that
/// wait for an answer. The controls inject what a network does. Controls count in publications on their way
/// to this client, and apply to the next ones to arrive, whatever their channel.
class MemoryTransport : public Transport {
 public:
  /// A transport with a hub and a runtime of its own.
  MemoryTransport();
  /// Shares `hub`, and `runtime` with every other transport that is given the same one. Null: a new one.
  explicit MemoryTransport(std::shared_ptr<Hub> hub, std::shared_ptr<ManualRuntime> runtime = nullptr);
  ~MemoryTransport() override;

  /// Runs the client (and all others on the same runtime) until nothing is left to do: messages are
  /// delivered, handlers have run, reconnects are done (virtual time passes for those, not for deadlines).
  std::size_t Settle();
  /// Cuts the connection, as a pulled cable does; what was on its way is lost. The client reconnects.
  void Disconnect();
  /// Refuses connections until `false` is given.
  void RefuseConnections(bool refuse);
  /// Loses the next `count` publications on their way to this client.
  void Drop(std::size_t count);
  /// Delivers each of the next `count` publications twice.
  void Duplicate(std::size_t count);
  /// Delivers the next `count` publications in reverse order, once all of them are there.
  void Reorder(std::size_t count);
  /// Refuses the next `count` publishes of this client with a temporary server error (code 100).
  void RefusePublishes(std::size_t count);
  /// Takes the next `count` publishes of this client and never answers (the hub has them, or has not).
  void LoseAcknowledgements(std::size_t count, bool deliver = true);
  /// Has the server send `data` (raw JSON) to this client, for its `OnMessage`; lost while it is not connected.
  void PushMessage(std::string data);
  /// The data of everything published on `channel`, oldest first, as far as the hub retains it.
  std::vector<std::string> Published(std::string_view channel) const;

  const std::shared_ptr<Hub>& hub() const;
  const std::shared_ptr<ManualRuntime>& runtime() const;

  TransportTraits Traits() const override;
  std::shared_ptr<Runtime> PreferredRuntime() override;
  void Start(std::weak_ptr<TransportListener> listener) override;
  void Connect(std::uint64_t connection) override;
  void Send(std::uint64_t connection, std::vector<TransportRequest> requests) override;
  void Disconnect(std::uint64_t connection) override;
  void Stop() override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace gapless

#endif  // GAPLESS_MEMORY_TRANSPORT_H_
