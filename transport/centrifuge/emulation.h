#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_EMULATION_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_EMULATION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gapless::centrifuge {

// The protocol without WebSocket: a response without end brings what the server says, and requests to /emulation take
// what the client says. Pure; centrifuge/emulation_engine.h does the talking.

enum class StreamFormat : std::uint8_t {
  kLines,   ///< /connection/http_stream: a message on each line.
  kEvents,  ///< /connection/sse: a message in each server-sent event.
};

/// Makes messages of the bytes of a stream, wherever they were cut.
class StreamReader {
 public:
  StreamReader(StreamFormat format, std::size_t max_message_bytes)
      : format_(format), max_message_bytes_(max_message_bytes) {}

  /// The messages that are whole now, one on a line; empty if none is.
  std::string Take(std::string_view bytes);
  /// A message is longer than is taken, so nothing after it can be read.
  bool overflowed() const { return overflowed_; }

 private:
  void TakeLine(std::string_view line, std::string& messages) const;

  const StreamFormat format_;
  const std::size_t max_message_bytes_;
  /// The beginning of a line whose end has not come.
  std::string begun_;
  bool overflowed_ = false;
};

/// Where commands for a stream go. Both empty if the server did not say.
struct StreamSession {
  std::string session;
  std::string node;
};

/// What the connect reply, the first message of a stream, says.
StreamSession SessionIn(std::string_view first_message);

/// The body of a request to /emulation.
std::string EmulationBody(const StreamSession& session, std::string_view commands);
/// How many bytes of commands surely fit into a body of `body_bytes`: each may take two, when it is quoted.
std::size_t CommandsThatFit(std::size_t body_bytes);

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_EMULATION_H_
