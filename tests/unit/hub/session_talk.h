#ifndef GAPLESS_TESTS_UNIT_HUB_SESSION_TALK_H_
#define GAPLESS_TESTS_UNIT_HUB_SESSION_TALK_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gapless/hub.h"
#include "hub/server/session.h"

namespace gapless::test {

using Lines = std::vector<std::string>;

/// A conversation with a session: frames in, messages out, under a clock of its own.
class Talk {
 public:
  explicit Talk(HubServerOptions options = {}, std::shared_ptr<Hub> the_hub = std::make_shared<Hub>())
      : hub(std::move(the_hub)) {
    mailbox = std::make_shared<hub::Mailbox>(std::make_shared<hub::PushEncoder>(), options.max_queue_bytes,
                                             [this] { ++wakes; });
    session.emplace(options, hub->core(), mailbox, now, /*random=*/0);
  }

  /// What the session writes after `frame`, message by message. Client ids read as `CLIENT`.
  Lines Say(std::string_view frame) {
    session->OnFrame(frame, now);
    return Hear();
  }
  Lines Hear() {
    session->OnMailbox();
    Lines lines;
    for (const hub::Chunk& chunk : session->TakeOutput()) {
      std::string_view rest = chunk.bytes();
      for (;;) {
        const std::size_t end = rest.find('\n');
        lines.push_back(WithoutVariables(std::string(rest.substr(0, end))));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
      }
    }
    return lines;
  }
  Lines After(Duration span) {
    now += span;
    session->OnTimer(now);
    return Hear();
  }
  Talk& Connect() {
    Say(R"({"id":1,"connect":{}})");
    return *this;
  }
  std::uint16_t CloseCode() const { return session->closing() ? session->closing()->code : 0; }

  std::shared_ptr<Hub> hub;
  TimePoint now{std::chrono::hours{1}};
  int wakes = 0;
  std::shared_ptr<hub::Mailbox> mailbox;
  std::optional<hub::Session> session;

 private:
  std::string WithoutVariables(std::string line) const {
    for (const char* channel : {"c", "d"}) Replace(line, hub->Top(channel).epoch, "EPOCH");
    static const std::regex kClientId("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    return std::regex_replace(line, kClientId, "CLIENT");
  }
  static void Replace(std::string& line, const std::string& what, const std::string& by) {
    if (what.empty()) return;
    for (std::size_t at = 0; (at = line.find(what, at)) != std::string::npos; at += by.size()) {
      line.replace(at, what.size(), by);
    }
  }
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_HUB_SESSION_TALK_H_
