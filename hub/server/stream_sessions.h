#ifndef GAPLESS_HUB_SERVER_STREAM_SESSIONS_H_
#define GAPLESS_HUB_SERVER_STREAM_SESSIONS_H_

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gapless::hub {

/// The streams of one server that take commands from requests of their own. Only on the server's thread.
class StreamSessions {
 public:
  using TakeCommands = std::function<void(std::string_view)>;

  /// The server's name among others.
  std::string node;

  void Add(const std::string& session, TakeCommands take) { takers_.emplace(session, std::move(take)); }
  void Remove(const std::string& session) { takers_.erase(session); }
  /// Nothing happens where there is no such session, as with Centrifugo.
  void Deliver(const std::string& session, std::string_view commands) const {
    const auto found = takers_.find(session);
    if (found == takers_.end()) return;
    const TakeCommands take = found->second;  // It may end the stream, and so remove itself.
    take(commands);
  }

 private:
  std::unordered_map<std::string, TakeCommands> takers_;
};

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_STREAM_SESSIONS_H_
