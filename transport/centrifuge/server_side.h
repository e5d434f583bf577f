#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_SERVER_SIDE_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_SERVER_SIDE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "gapless/transport.h"
#include "transport/centrifuge/messages.h"

namespace gapless::centrifuge {

/// The channels that the server subscribes this client to by itself. To subscribe to one would be refused, so the
/// client's requests are answered from what the server told. Outlives connections: the next one asks the server to go
/// on from where this one ended.
///
///   state | subscribe          | unsubscribe    | publication            | the server ends it, or tells it no more
///   ------+--------------------+----------------+------------------------+----------------------------------------
///   free  | reply; then: taken | -              | kept, up to a bound    | unknown
///   taken | (not asked)        | reply; free    | delivered              | unknown, told
///
/// What is kept is for a client that was there before and comes back; the oldest goes when there is too much.
class ServerSide {
 public:
  /// What the client is told, and what follows as if it came now.
  struct Answer {
    SubscribeReply reply;
    std::vector<Publication> publications;
  };

  /// Where the next connection should go on, channel by channel.
  std::map<std::string, Position> Places() const;
  /// A connection was made with these subscriptions; `asked` is what it asked to go on from. Returns the channels that
  /// the client held and that are not among them.
  std::vector<std::string> Begin(const std::map<std::string, Position>& asked,
                                 std::map<std::string, SubscribeResult> subscriptions);
  /// A subscription was made at run time.
  void Add(const std::string& channel, bool recoverable, const Position& position);
  /// Returns whether the client held it.
  bool Remove(const std::string& channel);
  bool Contains(const std::string& channel) const { return channels_.contains(channel); }
  bool IsTaken(const std::string& channel) const;

  /// Both only for what it contains.
  Answer Take(const SubscribeRequest& request);
  void Release(const std::string& channel);

  /// Whether the client is to have it. Leaves it alone if so, keeps it else.
  bool Deliver(const std::string& channel, Publication& publication);
  /// Publications that came while nobody had subscribed and that nobody will get from here.
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Channel {
    bool recoverable = false;
    bool taken = false;
    /// What is kept follows this place.
    Position from;
    std::deque<Publication> kept;
    std::size_t kept_bytes = 0;
    Position top;
  };

  void Keep(Channel& channel, Publication publication);

  std::map<std::string, Channel> channels_;
  std::uint64_t dropped_ = 0;
};

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_SERVER_SIDE_H_
