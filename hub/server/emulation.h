#ifndef GAPLESS_HUB_SERVER_EMULATION_H_
#define GAPLESS_HUB_SERVER_EMULATION_H_

#include <string>
#include <string_view>

namespace gapless::hub {

/// Who a stream is, for the commands that come by requests of their own. Both empty on a WebSocket.
struct EmulationIds {
  std::string session;
  std::string node;
};

/// A POST to /emulation, judged.
struct EmulatedCommands {
  /// The HTTP status of the answer. 204 also for what is silently dropped, as Centrifugo does.
  unsigned status = 204;
  /// Whose commands they are, and the commands on lines. Empty if there is nothing to execute.
  std::string session = {};
  std::string commands = {};
};

/// `node` is this server's name.
EmulatedCommands ReadEmulation(std::string_view body, std::string_view node);

/// How the messages of a frame, one on a line, travel in a response without end.
enum class StreamFormat { kLines, kEvents };
std::string InFormat(StreamFormat format, std::string_view frame);

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_EMULATION_H_
