#include "gapless/client.h"

#include <utility>

#include "client/client_core.h"

namespace gapless {

Client::Client(ClientOptions options) : core_(std::make_shared<internal::ClientCore>(std::move(options))) {
  core_->Start();
}

Client::~Client() { core_->Shutdown(); }

void Client::Connect() { core_->Connect(); }
bool Client::WaitUntilConnected(std::chrono::milliseconds timeout) { return core_->WaitUntilConnected(timeout); }
void Client::Close() { core_->Close(); }
bool Client::Flush(std::chrono::milliseconds timeout) { return core_->Flush(timeout); }

Receipt Client::Publish(const std::string& channel, const Draft& draft, const PublishOptions& options) {
  return core_->Publish(channel, draft, options);
}

std::future<Receipt> Client::PublishAsync(const std::string& channel, const Draft& draft,
                                          const PublishOptions& options) {
  return core_->PublishAsync(channel, draft, options);
}

Receipt Client::PublishDerived(const Envelope& parent, const std::string& aspect, const std::string& payload) {
  return core_->Publish(parent.channel,
                        Draft{.aspect = aspect,
                              .payload = payload,
                              .schema_ref = {},
                              .causation = Causation{parent.channel, parent.sequence}},
                        {});
}

Receipt Client::Enqueue(const std::string& channel, const Draft& draft, const PublishOptions& options) {
  return core_->Enqueue(channel, draft, options);
}

void Client::AdoptServerSequence(const std::string& channel) { core_->AdoptServerSequence(channel); }

bool Client::WaitForRoom(std::chrono::milliseconds timeout) { return core_->WaitForRoom(timeout); }
void Client::Transact(const std::function<void(Transaction&)>& body) { core_->Transact(body); }

Subscription Client::Subscribe(const std::string& channel, SubscribeOptions options,
                               const std::function<void(Subscription&)>& setup) {
  return Subscription(core_->Subscribe(channel, std::move(options), setup));
}

HistoryResult Client::History(const std::string& channel, const HistoryQuery& query) {
  return core_->History(channel, query);
}

gapless::Completeness Client::Completeness(const std::string& channel, const std::string& producer, std::int64_t first,
                                           std::int64_t last, const std::string& subscription_name) const {
  return core_->Completeness({channel, subscription_name}, producer, first, last);
}
std::vector<LedgerRow> Client::Ledger(const std::string& channel, const std::string& subscription_name) const {
  return core_->Ledger({channel, subscription_name});
}
std::vector<gapless::Presence> Client::Presence(const std::string& channel) { return core_->Presence(channel); }

PresenceStats Client::PresenceStats(const std::string& channel) { return core_->PresenceStats(channel); }
std::string Client::Rpc(const std::string& method, const std::string& data) { return core_->Rpc(method, data); }
void Client::Send(const std::string& data) { core_->Send(data); }

void Client::OnMessage(std::function<void(const std::string&)> handler) {
  core_->SetMessageHandler(std::move(handler));
}

void Client::OnError(std::function<void(const Error&)> handler) { core_->SetErrorHandler(std::move(handler)); }

void Client::OnStateChange(std::function<void(ConnectionState, const std::optional<Error>&)> handler) {
  core_->SetStateHandler(std::move(handler));
}

bool Client::Poll() { return core_->Poll(); }
ConnectionState Client::State() const { return core_->State(); }
Stats Client::Stats() const { return core_->Stats(); }
const Producer& Client::ProducerIdentity() const { return core_->producer(); }

}  // namespace gapless
