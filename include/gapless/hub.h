#ifndef GAPLESS_HUB_H_
#define GAPLESS_HUB_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/transport.h"

namespace gapless {

struct HubOptions {
  /// Publications kept per channel, at most; 0 keeps none, and then nothing is recoverable.
  std::size_t history_size = 10'000;
  /// Publications older than this are dropped; 0 keeps them for ever.
  std::chrono::milliseconds history_ttl{0};
  /// Most publications that one recovery or history answer carries.
  std::size_t history_page = 300;
  /// Feeds the epochs and client ids, so that tests repeat. A server that comes back empty after a restart needs
  /// another seed: with the same one its channels have their old epochs, and clients take it for the old server.
  std::uint64_t seed = 1;
};

/// An in-process server: channels with history, positions and presence. Give one hub to several
/// `MemoryTransport`s, or serve it with `HubServer`. Thread-safe.
///
/// For tests, demos and local development: nothing is on disk, nothing is authorised (`HubServer` can ask for tokens).
class Hub {
 public:
  /// `runtime` gives the time for `history_ttl`; null means real time.
  explicit Hub(HubOptions options = {}, std::shared_ptr<Runtime> runtime = nullptr);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// Publishes as the server itself. Returns the publication's place (offset 0 where no history is kept).
  Position Publish(std::string_view channel, std::string_view data, const Tags& tags = {});
  /// All retained publications of `channel`, oldest first.
  std::vector<Publication> History(std::string_view channel) const;
  /// The top of `channel`.
  Position Top(std::string_view channel) const;
  std::vector<gapless::Presence> Presence(std::string_view channel) const;
  gapless::PresenceStats PresenceStats(std::string_view channel) const;

  /// Drops retained publications of `channel` but keeps its offset and epoch, as an expired history does.
  void DropHistory(std::string_view channel);
  /// Forgets `channel`: it comes back with a new epoch and offset 1, as after a server restart.
  void ForgetChannel(std::string_view channel);
  /// As though `channel` had been published to up to `offset` and its history had expired: the next publication gets
  /// the offset after it. A subscriber gets an unsubscribe with 2500 instead of that one. Throws
  /// `Error(kInvalidArgument)` for an offset below the top, and if no history is kept.
  void SkipTo(std::string_view channel, std::uint64_t offset);

  struct Core;
  /// For transports and servers of gapless.
  const std::shared_ptr<Core>& core() const { return core_; }

 private:
  std::shared_ptr<Core> core_;
};

struct HubServerOptions {
  /// 0 lets the system choose; `port()` tells.
  std::uint16_t port = 0;
  /// Server pings; 0 switches them off.
  std::chrono::milliseconds ping_interval{25'000};
  /// A connection whose answer to a ping is later than this is closed with 3012; 0 asks for no answers.
  std::chrono::milliseconds pong_timeout{8'000};
  /// A connection that has not sent `connect` by then is closed with 3502.
  std::chrono::milliseconds connect_timeout{10'000};
  /// Larger client messages are refused with close code 1009.
  std::size_t max_message_bytes = 65'536;
  /// A connection with more than this waiting to be written gets what waits, and is closed with 3008. What it
  /// has not taken five seconds later is dropped.
  std::size_t max_queue_bytes = 8 * 1024 * 1024;
  /// Clients must show tokens (JWT) signed with HMAC-SHA256 and this secret, see "gapless/hub_token.h": one to connect,
  /// and one of the channel for each channel whose name begins with `$`. Empty: nobody is asked for a token.
  std::string token_hmac_secret = {};
  /// How long a connection whose token has expired may still refresh it before it is closed with 3005.
  std::chrono::milliseconds expired_close_delay{25'000};
  /// The same for a subscription, which then ends with an unsubscribe push of code 2501.
  std::chrono::milliseconds expired_sub_close_delay{25'000};
  /// Subscribers who ask for deltas (Fossil's format) get them; else they get whole payloads, as others do.
  bool delta = false;
  /// Opens Centrifugo's HTTP API at /api/ to requests that show this key (`X-API-Key`, `Authorization: apikey KEY` or
  /// `?api_key=KEY`): publish, broadcast, history, history_remove, presence, presence_stats, channels, info, batch.
  /// Empty: there is no API. At most 200 bytes of printable ASCII.
  std::string api_key = {};
};

/// Serves a hub on 127.0.0.1, speaking the Centrifuge JSON protocol over WebSocket at /connection/websocket, and over
/// HTTP at /connection/http_stream or /connection/sse with commands to /emulation. /health answers 200. In target
/// gapless::hub. Thread-safe; has threads of its own.
class HubServer {
 public:
  /// Listens when it returns. Throws `Error(kConnectFailed)` when the port is taken, `Error(kInvalidArgument)` for
  /// a null hub and for options that cannot work.
  HubServer(std::shared_ptr<Hub> hub, HubServerOptions options = {});
  /// Closes every connection with 3001 and returns within a second or so.
  ~HubServer();
  HubServer(const HubServer&) = delete;
  HubServer& operator=(const HubServer&) = delete;

  std::uint16_t port() const;
  /// `ws://127.0.0.1:<port>/connection/websocket`
  std::string url() const;
  /// Clients that are connected, those being closed not counted.
  std::size_t connection_count() const;
  /// Cuts every connection without a close frame. Returns how many there were.
  std::size_t CutConnections();
  /// Closes every connection with `code`. Returns how many there were. Throws `Error(kInvalidArgument)` for what no
  /// close frame carries: codes other than 1000-1003, 1007-1014 and 3000-4999, reasons above 123 bytes.
  std::size_t CloseConnections(std::uint16_t code, std::string_view reason);
  /// Ends the subscriptions of `channel` and pushes an unsubscribe with `code` to each subscriber: from 2500 on,
  /// clients subscribe again at once. Returns how many there were.
  std::size_t PushUnsubscribe(std::string_view channel, std::uint32_t code, std::string_view reason);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gapless

#endif  // GAPLESS_HUB_H_
