#ifndef GAPLESS_HUB_SERVER_SESSION_H_
#define GAPLESS_HUB_SERVER_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/hub.h"
#include "gapless/runtime.h"
#include "hub/core.h"
#include "hub/ordered_map.h"
#include "hub/server/codes.h"
#include "hub/server/command.h"
#include "hub/server/emulation.h"
#include "hub/server/mailbox.h"
#include "hub/server/reply.h"
#include "hub/server/token.h"
#include "hub/server/write_queue.h"
#include "transport/runtime/deadlines.h"

namespace gapless::hub {

/// What one connection says and does, without its socket. Takes frames, the mailbox and the time; gives what is
/// to be written, when to look at the clock again, and why to close.
///
///   state     | connect          | other command | pong               | time
///   fresh     | reply, connected | close 3501    | close 3501         | close 3502 when `connect` is overdue
///             | or refused       |               |                    |
///   refused   | ignored          | ignored       | ignored            | close 3502 when `connect` was overdue
///   connected | close 3501       | reply         | ping unanswered:   | ping when due;
///             |                  |               | taken; else 3501   | close 3012 when a pong is overdue, 3005
///             |                  |               |                    | when the token was not refreshed
///   closing   | ignored          | ignored       | ignored            | nothing
///
/// Tokens, where the server checks them (what it answers to whom is in session_tokens.cc): the connection ends with
/// 3005 and a subscription with a push of 2501 when its token's life and the server's grace are over.
///
/// Order: a subscribe reply comes before every publication of that subscription, and the reply to an unsubscribe
/// or the push that ends a subscription after every one. A publisher that subscribes gets its publication before
/// the reply to its publish.
class Session {
 public:
  /// `random` picks the moment of the first ping. `ids` are told to a client whose commands come by other requests.
  /// `unix_time_at_zero`: what the wall clock says when a `TimePoint` says 0, for what tokens say of time.
  Session(const HubServerOptions& options, std::shared_ptr<Hub::Core> core, std::shared_ptr<Mailbox> mailbox,
          TimePoint now, std::uint64_t random, EmulationIds ids = {}, Duration unix_time_at_zero = {});
  /// Leaves the hub: nothing is put into the mailbox any more.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void OnFrame(std::string_view frame, TimePoint now);
  /// Takes over what the mailbox holds.
  void OnMailbox();
  void OnTimer(TimePoint now);
  /// Ends a subscription by a push. Returns whether there was one.
  bool EndSubscription(const std::string& channel, std::uint32_t code, std::string_view reason);
  /// The first reason stands. What was to be written before still is.
  void Close(CloseReason reason);

  /// How much of what was taken is not written yet.
  void SetBacklog(std::size_t bytes);
  std::vector<Chunk> TakeOutput();
  std::optional<TimePoint> NextDeadline() const;
  const std::optional<CloseReason>& closing() const noexcept { return closing_; }

 private:
  void Close(Disconnect code) { Close(ReasonOf(code)); }
  void Execute(const Command& command, TimePoint now);

  void On(std::uint32_t id, const ConnectCommand& command, TimePoint now);
  void On(std::uint32_t id, const PingCommand& command, TimePoint now);
  void On(std::uint32_t id, const SubscribeCommand& command, TimePoint now);
  void On(std::uint32_t id, const UnsubscribeCommand& command, TimePoint now);
  void On(std::uint32_t id, const PublishCommand& command, TimePoint now);
  void On(std::uint32_t id, const PresenceCommand& command, TimePoint now);
  void On(std::uint32_t id, const PresenceStatsCommand& command, TimePoint now);
  void On(std::uint32_t id, const HistoryCommand& command, TimePoint now);
  void On(std::uint32_t id, const RpcCommand& command, TimePoint now);
  void On(std::uint32_t id, const SendCommand& command, TimePoint now);
  void On(std::uint32_t id, const RefreshCommand& command, TimePoint now);
  void On(std::uint32_t id, const SubRefreshCommand& command, TimePoint now);
  void On(std::uint32_t id, const PongCommand& command, TimePoint now);

  bool checks_tokens() const { return !options_.token_hmac_secret.empty(); }
  std::variant<TokenClaims, TokenProblem> Verify(const std::string& token, TimePoint now) const;
  /// None, with the session closed, for a token that ends it. Throws for one that is refused by an error.
  std::optional<TokenClaims> ConnectionClaims(const std::string& token, TimePoint now);
  std::optional<TokenClaims> SubscriptionClaims(const SubscribeCommand& command, TimePoint now);
  /// None, with the session closed by `if_late` or 3500, unless the token is good to go on with. `channel`: none for
  /// the connection's.
  std::optional<TokenClaims> RefreshedClaims(const std::string& token, const std::optional<std::string>& channel,
                                             Disconnect if_late, TimePoint now);
  Duration Left(const TokenClaims& claims, TimePoint now) const;
  TimeToLive TimeToLiveOf(const TokenClaims& claims, TimePoint now) const;
  void SetConnectionLife(const TokenClaims& claims, TimePoint now);
  void SetSubscriptionLife(const std::string& channel, const TokenClaims& claims, TimePoint now);
  void EndWhatExpired(TimePoint now);

  /// Closes with 3506 unless JSON can carry all of `publications`.
  bool CanCarry(const std::vector<Publication>& publications);
  void Deliver(SharedPush push);
  /// Calls `append(text)` to write one message.
  template <class Append>
  void Write(Append append);
  void Count(std::size_t bytes);

  const HubServerOptions options_;
  const std::shared_ptr<Hub::Core> core_;
  const std::shared_ptr<Mailbox> mailbox_;
  const std::uint64_t random_;
  const EmulationIds ids_;
  const Duration unix_time_at_zero_;

  /// Empty until connected.
  std::string client_id_;
  std::string user_id_;
  /// The connect command was answered with an error.
  bool refused_ = false;
  /// When the token's life and the grace end.
  std::optional<TimePoint> expiry_;
  internal::Deadlines subscription_expiries_;
  struct Subscription {
    /// Of the last publication.
    std::uint64_t offset = 0;
    /// Its publications go out as deltas to the one before, which is `base`; null before the first.
    bool delta = false;
    std::shared_ptr<const Publication> base = nullptr;
    /// Leaves out what does not match.
    std::optional<TagFilter> filter = std::nullopt;
  };
  TextMap<Subscription> subscriptions_;
  std::vector<Chunk> output_;
  std::size_t output_bytes_ = 0;
  std::size_t backlog_ = 0;
  std::optional<CloseReason> closing_;

  TimePoint connect_deadline_;
  std::optional<TimePoint> next_ping_;
  /// When each unanswered ping is overdue, oldest first. More than one if the pings are closer than the time-out.
  std::deque<TimePoint> pong_deadlines_;
};

template <class Append>
void Session::Write(Append append) {
  if (closing_) return;
  if (output_.empty() || output_.back().push) {
    output_.emplace_back();
  } else {
    output_.back().text += '\n';
  }
  std::string& text = output_.back().text;
  const std::size_t before = text.size();
  append(text);
  Count(text.size() - before);
}

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_SESSION_H_
