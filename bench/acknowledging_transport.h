#ifndef GAPLESS_BENCH_ACKNOWLEDGING_TRANSPORT_H_
#define GAPLESS_BENCH_ACKNOWLEDGING_TRANSPORT_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "gapless/transport.h"

namespace gapless::bench {

/// A server that takes every publish at once and costs nothing, so that what is left is the client's own work.
class AcknowledgingTransport : public Transport {
 public:
  TransportTraits Traits() const override;
  void Start(std::weak_ptr<TransportListener> listener) override;
  void Connect(std::uint64_t connection) override;
  void Send(std::uint64_t connection, std::vector<TransportRequest> requests) override;
  void Disconnect(std::uint64_t connection) override;
  void Stop() override;

 private:
  void Report(std::vector<TransportEvent> events);

  std::mutex mutex_;
  std::weak_ptr<TransportListener> listener_;
};

}  // namespace gapless::bench

#endif  // GAPLESS_BENCH_ACKNOWLEDGING_TRANSPORT_H_
