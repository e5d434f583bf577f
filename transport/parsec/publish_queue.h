#ifndef GAPLESS_TRANSPORT_PARSEC_PUBLISH_QUEUE_H_
#define GAPLESS_TRANSPORT_PARSEC_PUBLISH_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gapless/transport.h"
#include "transport/parsec/codes.h"

namespace gapless::parsec {

/// The publishes of one connection on their way through HTTP, which keeps no order between requests: of each channel
/// one call at most is under way, of all channels `kMaxCalls`. Pure.
///
///   a channel's first | outcome                            | then
///   ------------------+------------------------------------+--------------------------------------------------
///   publish call      | position                           | answered; the next one
///                     | refused for good                   | answered; the next one
///                     | refused for now, no usable answer  | it and all behind it are given back as temporary, so
///                     |                                    |   that none overtakes it
///                     | the channel is unknown or closed   | open call, if public ones are opened; else as refused
///                     | unauthorized                       | all calls wait for another token; without one as refused
///   open call         | opened                             | publish call again, now for good
///                     | anything else                      | as for a publish
///   none yet          | has waited for `patience`          | given back as temporary with all of its channel
///
/// What was handed over before the client learnt that others were given back comes too early: it is given back as well,
/// until the first of those comes again.
class PublishQueue {
 public:
  static constexpr std::size_t kMaxCalls = 16;

  struct Call {
    std::uint64_t id = 0;
    std::string channel;
    /// Null: open the channel.
    std::shared_ptr<const std::string> data;
    /// To send with it.
    std::string token;
  };
  struct Opened {};
  using Result = std::variant<Position, Opened, Refused>;

  struct Output {
    std::vector<Call> calls;
    std::vector<ReplyEvent> replies;
    /// Another token is to be fetched, once.
    bool fetch_token = false;
    /// The one that the server did not take; empty if there was none.
    std::string refused_token = {};
  };

  /// `token` may be empty; `fetches`: whether there is a way to get one.
  PublishQueue(Duration patience, bool opens_public, std::string token, bool fetches)
      : patience_(patience),
        opens_public_(opens_public),
        token_(std::move(token)),
        fetches_(fetches),
        needs_token_(fetches && token_.empty()) {}

  void Add(std::uint64_t request, PublishRequest publish, TimePoint now, Output& out);
  void Done(std::uint64_t call, const Result& result, TimePoint now, Output& out);
  /// What `fetch_token` brought.
  void TokenCame(std::string token, Output& out);
  void TokenFailed(const Error& why, TimePoint now, Output& out);
  void Tick(TimePoint now, Output& out);
  std::optional<TimePoint> NextDeadline() const;
  /// The connection is over: nothing of it is answered any more. Calls under way are to be cancelled.
  void Clear();

 private:
  struct Waiting {
    std::uint64_t request = 0;
    std::shared_ptr<const std::string> data;
    TimePoint added;
    /// What was already done for it, once each.
    bool opened = false;
    bool renewed = false;
  };
  struct Channel {
    std::deque<Waiting> waiting;
    /// The call for the first of them, or 0.
    std::uint64_t call = 0;
    bool opening = false;
  };
  /// The first that was given back, and until when it is waited for: the client may have no more use for it.
  struct GivenBack {
    std::shared_ptr<const std::string> first;
    TimePoint until;
  };
  struct UnderWay {
    std::string channel;
    std::string token;
  };

  void Begin(Output& out);
  bool ComesTooEarly(const PublishRequest& publish, TimePoint now);
  void TakeRefusal(const std::string& name, Channel& channel, const Refused& refused, const std::string& token,
                   TimePoint now, Output& out);
  void RefuseFirst(const std::string& name, Channel& channel, const Error& error, Output& out);
  /// All that is not under way. With `first` also the first one, which then is not either.
  void GiveBack(const std::string& name, Channel& channel, const Error& why, bool first, TimePoint now, Output& out);

  const Duration patience_;
  const bool opens_public_;
  std::string token_;
  const bool fetches_;
  bool needs_token_;
  bool fetching_ = false;
  std::uint64_t last_call_ = 0;
  /// Only channels with something waiting.
  std::map<std::string, Channel> channels_;
  std::map<std::uint64_t, UnderWay> under_way_;
  std::map<std::string, GivenBack> given_back_;
  /// Channels take turns: the next to begin is the first one behind this.
  std::string turn_;
};

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_PUBLISH_QUEUE_H_
