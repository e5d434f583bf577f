#include "bench/acknowledging_transport.h"

#include <utility>

namespace gapless::bench {

TransportTraits AcknowledgingTransport::Traits() const { return {"acknowledging", 1'000'000, false, false}; }

void AcknowledgingTransport::Start(std::weak_ptr<TransportListener> listener) { listener_ = std::move(listener); }

void AcknowledgingTransport::Connect(std::uint64_t connection) { Report({{connection, ConnectedEvent{"bench"}}}); }

void AcknowledgingTransport::Send(std::uint64_t connection, std::vector<TransportRequest> requests) {
  std::vector<TransportEvent> events;
  events.reserve(requests.size());
  for (const TransportRequest& request : requests) {
    events.push_back({connection, ReplyEvent{request.id, PublishReply{}}});
  }
  Report(std::move(events));
}

void AcknowledgingTransport::Disconnect(std::uint64_t) {}

void AcknowledgingTransport::Stop() {}

void AcknowledgingTransport::Report(std::vector<TransportEvent> events) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto listener = listener_.lock()) listener->OnTransportEvents(std::move(events));
}

}  // namespace gapless::bench
