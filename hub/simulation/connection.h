#ifndef GAPLESS_HUB_SIMULATION_CONNECTION_H_
#define GAPLESS_HUB_SIMULATION_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "hub/core.h"
#include "hub/simulation/server.h"
#include "hub/simulation/setting.h"

namespace gapless::simulation {

/// One connection between a client and the server, as TCP makes it: each way delivers in order until it ends. What a
/// server does to publications (lose, repeat, overtake, damage) comes on top.
///
///   open --Cut, Fail, EndByClient--> ending: what is on its way may still arrive, then both ends know
///   open --GoSilent--> silent: nothing arrives any more; the client's heartbeat ends it, then the server's
class Connection : public HubClient, public std::enable_shared_from_this<Connection> {
 public:
  using Body = decltype(TransportEvent::body);
  /// Takes what arrives at the client's end.
  using Receive = std::function<void(TransportEvent)>;

  Connection(std::shared_ptr<Setting> setting, std::shared_ptr<Server> server, std::string name, std::uint64_t number,
             Receive receive);

  /// Arrives at the server, which takes it or is down.
  void Open();
  /// One request of the client sets out.
  void Send(TransportRequest request);
  /// Ends for a reason that the client learns.
  void Fail(const Error& error);
  /// The client or its process left.
  void EndByClient();
  void GoSilent();
  bool open() const { return open_; }

  void OnPublication(const std::string& channel, const std::shared_ptr<const Publication>& publication) override;
  void OnPresence(const std::string& channel, bool joined, const Presence& member) override;
  /// The server ends the subscription and lets the client subscribe again.
  void EndSubscription(const std::string& channel, const std::string& why);
  const std::string& name() const { return name_; }

 private:
  void Put(Body body, Duration extra = Duration{0});
  void PutPublication(const std::string& channel, Publication publication, Duration extra);
  void Reply(std::uint64_t id, decltype(ReplyEvent::body) body) {
    if (!unanswered_) Put(ReplyEvent{id, std::move(body)});
  }
  void End(bool requests_arrive, bool events_arrive);
  void Execute(const TransportRequest& request);
  void Do(std::uint64_t id, const SubscribeRequest& request);
  void Do(std::uint64_t id, const UnsubscribeRequest& request);
  void Do(std::uint64_t id, const PublishRequest& request);
  void Do(std::uint64_t id, const HistoryRequest& request);
  void Do(std::uint64_t id, const PresenceRequest& request);
  void Do(std::uint64_t id, const PresenceStatsRequest& request);
  void Do(std::uint64_t id, const RpcRequest& request);
  void Do(std::uint64_t id, const SendRequest& request);
  /// Publications of an answer, some of them damaged.
  void Damage(const std::string& channel, std::vector<Publication>& publications);
  void LeaveServer();

  const std::shared_ptr<Setting> setting_;
  const std::shared_ptr<Server> server_;
  const std::string name_;
  const std::uint64_t number_;
  const Receive receive_;
  std::shared_ptr<Hub::Core> core_;
  std::string id_;
  bool open_ = true;
  bool requests_lost_ = false;
  bool events_lost_ = false;
  /// The request being executed gets no answer.
  bool unanswered_ = false;
  /// When the last that set out arrives.
  TimePoint up_free_{}, down_free_{};
  /// How often each channel was subscribed; a publication that was overtaken belongs to one of those.
  std::map<std::string, std::uint64_t> subscriptions_;
  /// How often history of each channel was refused for now. A client may give up after a few.
  std::map<std::string, int> history_refusals_;
};

/// The bytes as no program sends them.
std::string Damaged(const std::string& data, Chance& chance);

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_CONNECTION_H_
