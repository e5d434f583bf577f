#include "hub/simulation/link.h"

#include <utility>

namespace gapless::simulation {

Link::Link(std::shared_ptr<Setting> setting, std::shared_ptr<Server> server, std::shared_ptr<Life> life,
           std::string name)
    : setting_(std::move(setting)), server_(std::move(server)), life_(std::move(life)), name_(std::move(name)) {}

TransportTraits Link::Traits() const {
  return {.name = "simulated",
          .max_message_bytes = kMaxEnvelopeBytes,
          .history = setting_->options.history,
          .presence = true};
}

void Link::Start(std::weak_ptr<TransportListener> listener) {
  if (std::exchange(started_, true)) {
    throw Error(Errc::kInvalidState, "this transport serves another client already; ask the machine for another one");
  }
  listener_ = std::move(listener);
}

void Link::Connect(std::uint64_t connection) {
  if (stopped_ || !life_->Step("connecting")) return;
  live_ = connection;
  connection_ = std::make_shared<Connection>(setting_, server_, name_, connection,
                                             [weak = weak_from_this()](TransportEvent event) {
                                               if (const auto self = weak.lock()) self->Receive(std::move(event));
                                             });
  connection_->Open();
}

void Link::Receive(TransportEvent event) {
  if (!life_->alive() || event.connection != live_) return;
  const auto* const lost = std::get_if<DisconnectedEvent>(&event.body);
  if (lost != nullptr) {
    setting_->Note([&] { return name_ + " is disconnected: " + lost->error.what(); });
    live_ = 0;
  }
  if (std::holds_alternative<ConnectedEvent>(event.body)) setting_->Note([&] { return name_ + " is connected"; });
  if (std::holds_alternative<PublicationEvent>(event.body)) ++publications_;
  std::vector<TransportEvent> events;
  events.push_back(std::move(event));
  if (const auto listener = listener_.lock()) listener->OnTransportEvents(std::move(events));
}

void Link::Send(std::uint64_t connection, std::vector<TransportRequest> requests) {
  if (connection != live_) return;
  for (TransportRequest& request : requests) {
    if (!life_->Step("sending")) return;
    connection_->Send(std::move(request));
  }
}

void Link::Disconnect(std::uint64_t connection) {
  if (connection != live_) return;
  live_ = 0;
  connection_->EndByClient();
}

void Link::Stop() {
  stopped_ = true;
  if (std::exchange(live_, 0) != 0) connection_->EndByClient();
}

std::shared_ptr<Connection> Link::connection() const { return live_ == 0 ? nullptr : connection_; }

}  // namespace gapless::simulation
