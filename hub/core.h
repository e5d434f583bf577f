#ifndef GAPLESS_HUB_CORE_H_
#define GAPLESS_HUB_CORE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/hub.h"

namespace gapless {

/// A connected client as the hub sees it. Called with the hub's lock held, so that history and fan-out have
/// one order: an implementation only puts what it is given into a mailbox of its own.
class HubClient {
 public:
  virtual ~HubClient() = default;
  virtual void OnPublication(const std::string& channel, const std::shared_ptr<const Publication>& publication) = 0;
  /// Somebody came to `channel` or left it, for those who asked for it.
  virtual void OnPresence(const std::string& channel, bool joined, const Presence& member) = 0;
};

struct ChannelStats {
  std::string channel;
  std::size_t clients = 0;
};

/// The hub behind its public face: one lock around the pure machines. All members are thread-safe and throw
/// `Error` with the Centrifuge error number as `server_code()`. A channel name that is empty, longer than 255
/// bytes or not ASCII is error 107 wherever a channel is used.
struct Hub::Core {
  explicit Core(HubOptions options, std::shared_ptr<Runtime> runtime);
  ~Core();

  /// Registers a client and returns its id. The hub keeps a weak reference. `info`: raw JSON for presence, or empty.
  std::string Connect(std::weak_ptr<HubClient> client, std::string user_id, std::string info = {});
  /// Ends all its subscriptions; an unknown id is ignored.
  void Disconnect(const std::string& client_id);
  /// Publications after this reply, and only those, reach `OnPublication`. Errors 105 (subscribed already), 106
  /// (too many subscriptions) and, if `refuse_unrecovered`, 112 instead of a subscription that is not recovered. With
  /// `join_leave` who comes and goes reaches `OnPresence`, this client's own coming included.
  SubscribeReply Subscribe(const std::string& client_id, const std::string& channel,
                           const std::optional<Position>& recover, bool refuse_unrecovered = false,
                           bool join_leave = false);
  /// Unsubscribing what is not subscribed succeeds. Returns whether it was.
  bool Unsubscribe(const std::string& client_id, const std::string& channel);
  /// `client_id`: who publishes, if it is a client.
  Position Publish(std::string_view channel, std::string_view data, const Tags& tags = {},
                   const std::string& client_id = {});
  /// To the subscribers of this moment, without an offset: nothing is retained.
  void PublishUnretained(std::string_view channel, std::string_view data, const Tags& tags = {});
  /// Centrifuge's history rules; no answer has more than `HubOptions::history_page` publications. Errors 107, 112.
  HistoryReply History(const HistoryRequest& request) const;
  /// Everything retained, oldest first.
  std::vector<Publication> Retained(std::string_view channel) const;
  /// Oldest subscription first.
  std::vector<gapless::Presence> Presence(std::string_view channel) const;
  gapless::PresenceStats Stats(std::string_view channel) const;
  /// The same over all connected clients, subscribed or not.
  gapless::PresenceStats TotalStats() const;
  /// The channels that have subscribers.
  std::vector<ChannelStats> Channels() const;
  Position Top(std::string_view channel) const;
  void DropHistory(std::string_view channel);
  void ForgetChannel(std::string_view channel);
  void SkipTo(std::string_view channel, std::uint64_t offset);
  /// Ids of the subscribers of `channel`, oldest subscription first.
  std::vector<std::string> Subscribers(std::string_view channel) const;

  struct Impl;
  std::unique_ptr<Impl> impl;
};

}  // namespace gapless

#endif  // GAPLESS_HUB_CORE_H_
