// Joins a Centrifuge transport, which receives, to the publisher, which sends, so that they are one to the client. What
// the first reports passes through on the spot; only answers to subscriptions are looked at.

#include "transport/parsec/transport.h"

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "transport/centrifuge/transport.h"
#include "transport/parsec/calls.h"
#include "transport/parsec/publisher.h"
#include "transport/parsec/refusals.h"
#include "transport/parsec/token_keeper.h"
#include "transport/parsec/twirp.h"

namespace gapless::parsec {
namespace {

// Parsec's own limit; it is counted before an envelope is sent.
constexpr std::size_t kMaxMessageBytes = 65'536;
// Our own requests to the receiver, which no client of ours counts up to.
constexpr std::uint64_t kOwnRequest = std::uint64_t{1} << 63U;

bool IsPrivate(const std::string& channel) { return channel.starts_with("private:"); }
bool IsPublic(const std::string& channel) { return channel.starts_with("public:"); }

/// What a subscription needs first: an open channel, or a token. Called on the receiver's token thread, and waits
/// there.
class Preparation {
 public:
  Preparation(const ParsecOptions& options, std::shared_ptr<const Rpc> rpc, std::shared_ptr<ManagementToken> token,
              const std::shared_ptr<Runtime>& runtime)
      : open_public_(options.open_public),
        rpc_(std::move(rpc)),
        token_(std::move(token)),
        calls_(*rpc_, *token_),
        keeper_(
            options.tokens,
            [this](const std::string& refresh_token) {
              return calls_.AskAs({}, "RefreshToken", RefreshTokenBody(refresh_token), "token exchange");
            },
            [runtime] {
              return std::chrono::duration_cast<std::chrono::seconds>(runtime->WallClock().time_since_epoch()).count();
            }) {}

  /// The token to subscribe with.
  std::string Prepare(const std::string& channel) {
    if (IsPrivate(channel)) return keeper_.Access(channel);
    if (IsPublic(channel) && open_public_) Open(channel);
    return {};
  }
  void Rejected(const std::string& channel) { keeper_.Rejected(channel); }
  void Stop() { calls_.Stop(); }

 private:
  void Open(const std::string& channel) {
    const Rpc::Answer answer = calls_.Ask("OpenPublic", OpenPublicBody(channel, *open_public_), "opening");
    const auto* refused = std::get_if<Refused>(&answer);
    if (refused == nullptr) return;
    // Subscriptions end for good by this one code only.
    const bool lasting = refused->refusal != Refusal::kTemporary;
    throw Error(lasting ? Errc::kUnauthorized : refused->error.errc(), WordsOf(refused->error))
        .WithChannel(channel)
        .WithServerCode(refused->error.server_code());
  }

  const std::optional<std::chrono::seconds> open_public_;
  const std::shared_ptr<const Rpc> rpc_;
  const std::shared_ptr<ManagementToken> token_;
  Calls calls_;
  TokenKeeper keeper_;
};

class Core final : public TransportListener, public std::enable_shared_from_this<Core> {
 public:
  Core(const ParsecOptions& options, const std::shared_ptr<net::HttpEngine>& http, const MakeReceiver& make_receiver,
       const std::shared_ptr<Runtime>& runtime)
      : options_(options), refusals_(options.max_subscribe_refusals), runtime_(runtime) {
    rpc_ = std::make_shared<const Rpc>(options, http);
    token_ = std::make_shared<ManagementToken>(options);
    preparation_ = std::make_shared<Preparation>(options, rpc_, token_, runtime);
    WebSocketOptions receiving{.url = rpc_->websocket_url()};
    receiving.get_subscription_token = [preparation = preparation_](const std::string& channel) {
      return preparation->Prepare(channel);
    };
    receiving.name = options.name;
    receiving.version = options.version;
    receiving.headers = options.headers;
    receiving.connect_timeout = options.connect_timeout;
    receiving.max_ping_delay = options.max_ping_delay;
    receiving.engine = options.engine;
    receiving.tls = options.tls;
    receiver_ = make_receiver(receiving);
  }

  void Start(std::weak_ptr<TransportListener> listener);
  void Connect(std::uint64_t connection);
  void Send(std::uint64_t connection, std::vector<TransportRequest> requests);
  void Disconnect(std::uint64_t connection);
  void Stop();
  void OnTransportEvents(std::vector<TransportEvent> events) override;

 private:
  void Tell(std::uint64_t connection, std::vector<ReplyEvent> replies);
  /// False if it is not for the client. Under `mutex_`.
  bool Look(TransportEvent& event);
  void Judge(ReplyEvent& reply);

  const ParsecOptions options_;
  std::shared_ptr<const Rpc> rpc_;
  std::shared_ptr<ManagementToken> token_;
  std::shared_ptr<Preparation> preparation_;
  std::shared_ptr<Transport> receiver_;
  std::shared_ptr<Publisher> publisher_;

  /// Held while the client's listener is told, so that it is told one thing at a time. Never while the receiver is
  /// called, which reports with a lock of its own held.
  std::mutex mutex_;
  SubscribeRefusals refusals_;
  const std::shared_ptr<Runtime> runtime_;
  std::weak_ptr<TransportListener> listener_;
  bool started_ = false;
  bool stopped_ = false;
  /// The connection that is reported on, or 0.
  std::uint64_t live_ = 0;
  std::map<std::uint64_t, std::string> subscribing_;
  std::uint64_t own_requests_ = 0;
};

void Core::Start(std::weak_ptr<TransportListener> listener) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (started_) throw Error(Errc::kInvalidState, "a transport serves one client; make one for each");
    started_ = true;
    listener_ = std::move(listener);
    publisher_ = std::make_shared<Publisher>(
        options_, rpc_, token_, runtime_,
        [weak = weak_from_this()](std::uint64_t connection, std::vector<ReplyEvent> replies) {
          if (const auto self = weak.lock()) self->Tell(connection, std::move(replies));
        });
  }
  publisher_->Start();
  receiver_->Start(weak_from_this());
}

void Core::Connect(std::uint64_t connection) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!started_) throw Error(Errc::kInvalidState, "a transport connects only after Start");
    if (stopped_) return;
    live_ = connection;
    subscribing_.clear();
    refusals_.ConnectionBegins();
  }
  receiver_->Connect(connection);
}

void Core::Send(std::uint64_t connection, std::vector<TransportRequest> requests) {
  std::vector<TransportRequest> received;
  std::vector<std::pair<std::uint64_t, PublishRequest>> published;
  std::vector<ReplyEvent> refused;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_ || connection != live_) return;
    for (TransportRequest& request : requests) {
      if (auto* publish = std::get_if<PublishRequest>(&request.body)) {
        published.emplace_back(request.id, std::move(*publish));
        continue;
      }
      if (const auto* subscribe = std::get_if<SubscribeRequest>(&request.body)) {
        subscribing_[request.id] = subscribe->channel;
        // Tokens are short-lived, and one that is past its time is refused like everything else: leaving the channel
        // makes the receiver ask for a token anew.
        if (IsPrivate(subscribe->channel)) {
          received.push_back({kOwnRequest + ++own_requests_, UnsubscribeRequest{subscribe->channel}});
        }
      }
      received.push_back(std::move(request));
    }
  }
  if (!received.empty()) receiver_->Send(connection, std::move(received));
  if (!published.empty()) publisher_->Publish(connection, std::move(published));
}

void Core::Disconnect(std::uint64_t connection) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (connection == live_) live_ = 0;
  }
  receiver_->Disconnect(connection);
  if (publisher_) publisher_->Forget(connection);
}

void Core::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    live_ = 0;
  }
  preparation_->Stop();
  receiver_->Stop();
  if (publisher_) publisher_->Stop();
}

void Core::OnTransportEvents(std::vector<TransportEvent> events) {
  std::shared_ptr<TransportListener> listener;
  const std::lock_guard<std::mutex> lock(mutex_);
  listener = listener_.lock();
  std::shared_ptr<const void> hold = events.empty() ? nullptr : std::move(events.back().hold);
  std::vector<TransportEvent> told;
  told.reserve(events.size());
  for (TransportEvent& event : events) {
    if (event.connection == live_ && Look(event)) told.push_back(std::move(event));
  }
  if (told.empty() || !listener) return;
  told.back().hold = std::move(hold);
  listener->OnTransportEvents(std::move(told));
}

bool Core::Look(TransportEvent& event) {
  if (std::holds_alternative<DisconnectedEvent>(event.body)) {
    live_ = 0;
    publisher_->Forget(event.connection);
  }
  auto* reply = std::get_if<ReplyEvent>(&event.body);
  if (reply == nullptr) return true;
  if (reply->id >= kOwnRequest) return false;
  Judge(*reply);
  return true;
}

void Core::Judge(ReplyEvent& reply) {
  const auto asked = subscribing_.extract(reply.id);
  if (asked.empty()) return;
  const std::string& channel = asked.mapped();
  auto* refusal = std::get_if<ErrorReply>(&reply.body);
  if (refusal == nullptr) {
    refusals_.Accepted(channel);
  } else if (refusals_.Judge(channel, *refusal) && IsPrivate(channel)) {
    preparation_->Rejected(channel);
  }
}

void Core::Tell(std::uint64_t connection, std::vector<ReplyEvent> replies) {
  std::shared_ptr<TransportListener> listener;
  const std::lock_guard<std::mutex> lock(mutex_);
  listener = listener_.lock();
  if (connection != live_ || !listener) return;
  std::vector<TransportEvent> events;
  events.reserve(replies.size());
  for (ReplyEvent& reply : replies) events.push_back({connection, std::move(reply)});
  listener->OnTransportEvents(std::move(events));
}

class ParsecTransport final : public Transport {
 public:
  explicit ParsecTransport(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~ParsecTransport() override { core_->Stop(); }

  TransportTraits Traits() const override {
    return {.name = "parsec", .max_message_bytes = kMaxMessageBytes, .history = false, .presence = false};
  }
  void Start(std::weak_ptr<TransportListener> listener) override { core_->Start(std::move(listener)); }
  void Connect(std::uint64_t connection) override { core_->Connect(connection); }
  void Send(std::uint64_t connection, std::vector<TransportRequest> requests) override {
    core_->Send(connection, std::move(requests));
  }
  void Disconnect(std::uint64_t connection) override { core_->Disconnect(connection); }
  void Stop() override { core_->Stop(); }

 private:
  const std::shared_ptr<Core> core_;
};

}  // namespace

std::shared_ptr<Transport> MakeTransport(const ParsecOptions& options, const std::shared_ptr<net::HttpEngine>& http,
                                         const MakeReceiver& make_receiver, std::shared_ptr<Runtime> runtime) {
  if (options.max_subscribe_refusals == 0) {
    throw Error(Errc::kInvalidArgument, "ParsecOptions::max_subscribe_refusals must be at least 1");
  }
  if (options.open_public && options.open_public->count() < 0) {
    throw Error(Errc::kInvalidArgument, "ParsecOptions::open_public must not be negative");
  }
  return std::make_shared<ParsecTransport>(std::make_shared<Core>(options, http, make_receiver, runtime));
}

}  // namespace gapless::parsec

namespace gapless {

std::shared_ptr<Transport> Parsec(ParsecOptions options) {
  return parsec::MakeTransport(
      options, parsec::EngineFor(options), [](const WebSocketOptions& receiving) { return WebSocket(receiving); },
      ThreadedRuntime());
}

}  // namespace gapless
