#include "gapless/memory_transport.h"

#include <mutex>
#include <optional>
#include <utility>

#include "hub/core.h"
#include "transport/memory/publication_faults.h"

namespace gapless {
namespace {

// Error numbers of Centrifuge servers, which the hub follows.
constexpr std::uint32_t kInternalError = 100;
constexpr std::uint32_t kNotAvailable = 108;
constexpr std::uint32_t kMessagesNotAvailable = 3508;

bool IsTemporary(std::uint32_t server_code) { return server_code == kInternalError; }

}  // namespace

/// The client's end of the wire: requests run on a strand of the manual runtime, one after another, and what the hub
/// sends waits in a mailbox until that strand hands it to the listener.
struct MemoryTransport::Impl : HubClient, std::enable_shared_from_this<MemoryTransport::Impl> {
  using Body = decltype(TransportEvent::body);

  Impl(std::shared_ptr<Hub> the_hub, std::shared_ptr<ManualRuntime> the_runtime)
      : runtime(the_runtime ? std::move(the_runtime) : std::make_shared<ManualRuntime>()),
        hub(the_hub ? std::move(the_hub) : std::make_shared<Hub>(HubOptions{}, runtime)),
        strand(runtime->NewStrand("gapless-memory", StrandKind::kSession)) {}

  // ---- Towards the client ----

  void OnPublication(const std::string& channel, const std::shared_ptr<const Publication>& publication) override {
    const std::lock_guard<std::mutex> lock(mutex);
    if (live == 0) return;
    for (PublicationEvent& event : faults.Pass({channel, *publication})) {
      PutInOrder(channel, std::move(event));
    }
  }

  void OnPresence(const std::string& channel, bool joined, const Presence& member) override {
    const std::lock_guard<std::mutex> lock(mutex);
    if (live == 0) return;
    if (joined) {
      PutInOrder(channel, JoinEvent{channel, member});
    } else {
      PutInOrder(channel, LeaveEvent{channel, member});
    }
  }

  /// Under the lock. The hub tells what happens from the moment a subscription exists, which may be before its reply
  /// was put into the mailbox.
  void PutInOrder(const std::string& channel, Body body) {
    if (subscribing == channel) {
      early.push_back(std::move(body));
    } else {
      PutLocked(std::move(body));
    }
  }

  void Put(Body body) {
    const std::lock_guard<std::mutex> lock(mutex);
    PutLocked(std::move(body));
  }

  void PutLocked(Body body) {
    mailbox.push_back({live, std::move(body)});
    if (mailbox.size() == 1) strand->Post([self = shared_from_this()] { self->HandOver(); });
  }

  void HandOver() {
    std::vector<TransportEvent> events;
    std::shared_ptr<TransportListener> to;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      events.swap(mailbox);
      to = listener.lock();
    }
    if (to && !events.empty()) to->OnTransportEvents(std::move(events));
  }

  /// Ends the connection, if there is one, and tells the client why unless it asked for the end itself.
  void End(const std::optional<DisconnectedEvent>& event) {
    std::string client_id;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (live == 0) return;
      client_id = std::exchange(hub_client, {});
      mailbox.clear();
      early.clear();
      faults.ForgetHeld();
      if (event) PutLocked(*event);
      live = 0;
    }
    if (!client_id.empty()) hub->core()->Disconnect(client_id);
  }

  // ---- Towards the hub, on the strand ----

  void Open(std::uint64_t connection) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (stopped || connection != live) return;
      if (refuse_connections) {
        PutLocked(DisconnectedEvent{Error(Errc::kConnectFailed, "the memory transport was told to refuse connections"),
                                    true});
        live = 0;
        return;
      }
    }
    std::string id = hub->core()->Connect(weak_from_this(), {});
    const std::lock_guard<std::mutex> lock(mutex);
    hub_client = id;
    PutLocked(ConnectedEvent{std::move(id)});
  }

  void Run(std::uint64_t connection, const TransportRequest& request) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (connection != live || hub_client.empty()) return;
    }
    try {
      std::visit([&](const auto& body) { Do(request.id, body); }, request.body);
    } catch (const Error& error) {
      Reply(request.id, ErrorReply{error, IsTemporary(error.server_code())});
    }
  }

  void Reply(std::uint64_t id, decltype(ReplyEvent::body) body) { Put(ReplyEvent{id, std::move(body)}); }

  void Do(std::uint64_t id, const SubscribeRequest& request) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      subscribing = request.channel;
    }
    std::optional<Error> refused;
    SubscribeReply reply;
    try {
      reply = hub->core()->Subscribe(hub_client, request.channel, request.recover, false, request.join_leave);
    } catch (const Error& error) {
      refused = error;
    }
    const std::lock_guard<std::mutex> lock(mutex);
    if (refused) {
      PutLocked(ReplyEvent{id, ErrorReply{*refused, IsTemporary(refused->server_code())}});
    } else {
      PutLocked(ReplyEvent{id, std::move(reply)});
    }
    subscribing.reset();
    for (Body& event : std::exchange(early, {})) PutLocked(std::move(event));
  }

  void Do(std::uint64_t id, const UnsubscribeRequest& request) {
    hub->core()->Unsubscribe(hub_client, request.channel);
    Reply(id, UnsubscribeReply{});
  }

  void Do(std::uint64_t id, const PublishRequest& request) {
    bool deliver = true;
    bool answer = true;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (refuse_publishes > 0) {
        --refuse_publishes;
        throw Error(Errc::kServerRefused, "the memory transport was told to refuse this publish")
            .WithChannel(request.channel)
            .WithServerCode(kInternalError);
      }
      if (lose_acknowledgements > 0) {
        --lose_acknowledgements;
        answer = false;
        deliver = deliver_unacknowledged;
      }
    }
    if (!deliver) return;
    const Position position = hub->core()->Publish(request.channel, *request.data);
    if (answer) Reply(id, PublishReply{position});
  }

  void Do(std::uint64_t id, const HistoryRequest& request) { Reply(id, hub->core()->History(request)); }

  void Do(std::uint64_t id, const PresenceRequest& request) {
    Reply(id, PresenceReply{hub->core()->Presence(request.channel)});
  }

  void Do(std::uint64_t id, const PresenceStatsRequest& request) {
    Reply(id, PresenceStatsReply{hub->core()->Stats(request.channel)});
  }

  void Do(std::uint64_t /*id*/, const RpcRequest& /*request*/) {
    throw Error(Errc::kNotSupported, "the hub has no procedures").WithServerCode(kNotAvailable);
  }

  void Do(std::uint64_t /*id*/, const SendRequest& /*request*/) {
    End(DisconnectedEvent{Error(Errc::kNotSupported, "the hub takes no messages").WithServerCode(kMessagesNotAvailable),
                          false});
  }

  const std::shared_ptr<ManualRuntime> runtime;
  const std::shared_ptr<Hub> hub;
  const std::shared_ptr<Strand> strand;

  std::mutex mutex;
  std::weak_ptr<TransportListener> listener;
  bool started = false;
  bool stopped = false;
  /// The connection that the client asked for; 0 when there is none.
  std::uint64_t live = 0;
  /// Its name at the hub, empty until it is open.
  std::string hub_client;
  std::vector<TransportEvent> mailbox;
  std::optional<std::string> subscribing;
  std::vector<Body> early;
  internal::PublicationFaults faults;
  bool refuse_connections = false;
  std::size_t refuse_publishes = 0;
  std::size_t lose_acknowledgements = 0;
  bool deliver_unacknowledged = true;
};

MemoryTransport::MemoryTransport() : MemoryTransport(nullptr) {}
MemoryTransport::MemoryTransport(std::shared_ptr<Hub> hub, std::shared_ptr<ManualRuntime> runtime)
    : impl_(std::make_shared<Impl>(std::move(hub), std::move(runtime))) {}
MemoryTransport::~MemoryTransport() { MemoryTransport::Stop(); }

std::size_t MemoryTransport::Settle() { return impl_->runtime->Settle(); }

void MemoryTransport::Disconnect() {
  impl_->End(DisconnectedEvent{Error(Errc::kConnectionLost, "the memory transport's connection was cut"), true});
}

void MemoryTransport::RefuseConnections(bool refuse) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->refuse_connections = refuse;
}

void MemoryTransport::Drop(std::size_t count) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->faults.Drop(count);
}

void MemoryTransport::Duplicate(std::size_t count) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->faults.Duplicate(count);
}

void MemoryTransport::Reorder(std::size_t count) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->faults.Reorder(count);
}

void MemoryTransport::RefusePublishes(std::size_t count) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->refuse_publishes += count;
}

void MemoryTransport::LoseAcknowledgements(std::size_t count, bool deliver) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->lose_acknowledgements += count;
  impl_->deliver_unacknowledged = deliver;
}

void MemoryTransport::PushMessage(std::string data) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  if (!impl_->hub_client.empty()) impl_->PutLocked(MessageEvent{std::move(data)});
}

std::vector<std::string> MemoryTransport::Published(std::string_view channel) const {
  std::vector<std::string> published;
  for (Publication& publication : impl_->hub->History(channel)) published.push_back(std::move(publication.data));
  return published;
}

const std::shared_ptr<Hub>& MemoryTransport::hub() const { return impl_->hub; }
const std::shared_ptr<ManualRuntime>& MemoryTransport::runtime() const { return impl_->runtime; }

TransportTraits MemoryTransport::Traits() const {
  return {.name = "memory", .max_message_bytes = kMaxEnvelopeBytes, .history = true, .presence = true, .rpc = true};
}

std::shared_ptr<Runtime> MemoryTransport::PreferredRuntime() { return impl_->runtime; }

void MemoryTransport::Start(std::weak_ptr<TransportListener> listener) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  if (std::exchange(impl_->started, true)) {
    throw Error(Errc::kInvalidState, "this transport serves another client already; give each client one of its own");
  }
  impl_->listener = std::move(listener);
}

void MemoryTransport::Connect(std::uint64_t connection) {
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    if (impl_->stopped) return;
    impl_->live = connection;
  }
  impl_->strand->Post([impl = impl_, connection] { impl->Open(connection); });
}

void MemoryTransport::Send(std::uint64_t connection, std::vector<TransportRequest> requests) {
  impl_->strand->Post([impl = impl_, connection, requests = std::move(requests)] {
    for (const TransportRequest& request : requests) impl->Run(connection, request);
  });
}

void MemoryTransport::Disconnect(std::uint64_t connection) {
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    if (impl_->live != connection) return;
  }
  impl_->End(std::nullopt);
}

void MemoryTransport::Stop() {
  impl_->End(std::nullopt);
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stopped = true;
  }
  impl_->strand->Stop();
}

}  // namespace gapless
