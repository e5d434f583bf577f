#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_CODEC_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "transport/centrifuge/messages.h"

namespace gapless::centrifuge {

/// Most bytes of what could not be used that go into a report.
inline constexpr std::size_t kMaxRawBytes = 64 * 1024;

/// Reads what a server sends. Keeps buffers between frames, so use one for each connection; not thread-safe.
///
/// Strict where two readers could differ: known fields have their type, appear once, and integers are exact. Lenient
/// where the protocol grows: unknown fields are skipped. The `data` of a publication is not looked into; it is the
/// bytes that the server sent, which need not even be JSON.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  DecodedFrame Decode(std::string frame);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct ConnectCommand {
  std::string token = {};
  std::string name = {};
  std::string version = {};
  /// One JSON value without line ends, or empty.
  std::string data = {};
  /// For whatever stands behind the server.
  std::map<std::string, std::string> headers = {};
  /// Channels that the server subscribed us to by itself, and where to go on from.
  std::map<std::string, Position> recover = {};
};

// Each appends one command to a frame, after a line end if the frame has commands already.
void AppendConnect(std::string& frame, std::uint32_t id, const ConnectCommand& command);
/// What a subscribe command asks for beyond its request.
struct SubscribeWishes {
  /// Or empty.
  std::string token = {};
  /// Publications as deltas to the one before, in Fossil's format.
  bool delta = false;
  /// Pushes that name the channel by a number.
  bool channel_id = false;
};
/// `wishes` count for a subscribe only. Line ends in the data of a publish are dropped: in JSON they mean nothing, in a
/// frame they end the command.
void AppendRequest(std::string& frame, std::uint32_t id, const decltype(TransportRequest::body)& request,
                   const SubscribeWishes& wishes = {});
/// `channel` is empty for the connection's own token.
void AppendRefresh(std::string& frame, std::uint32_t id, const std::string& channel, const std::string& token);
void AppendPong(std::string& frame);

/// What a publish adds to the bytes of its channel and data, at most, if the channel needs no escapes.
inline constexpr std::size_t kPublishOverheadBytes = 64;

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_CODEC_H_
