// What a server sends, frame by frame: through the decoder, and through a connection that has asked for everything.

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "tests/fuzz/target.h"
#include "transport/centrifuge/codec.h"
#include "transport/centrifuge/connection.h"

namespace gapless::fuzz {
namespace {

using namespace std::chrono_literals;
using centrifuge::Connection;
using centrifuge::DecodedFrame;
using centrifuge::Decoder;
using centrifuge::Message;

void CheckFrame(const DecodedFrame& frame) {
  Require(frame.raw.empty() || !frame.broken.empty(), "only a broken frame has raw bytes");
  Require(frame.raw.size() <= centrifuge::kMaxRawBytes, "raw bytes are bounded");
  for (const Message& message : frame.messages) {
    if (const auto* reply = std::get_if<centrifuge::Reply>(&message)) Require(reply->id != 0, "a reply has an id");
    if (const auto* unusable = std::get_if<centrifuge::Unusable>(&message)) {
      Require(!unusable->why.empty(), "what cannot be used says why");
      Require(unusable->raw.size() <= centrifuge::kMaxRawBytes, "raw bytes are bounded");
    }
  }
}

/// What the client may rely on, whatever the server does.
class ListenerRules {
 public:
  void Take(const centrifuge::Output& out) {
    for (const auto& event : out.events) {
      Require(!ended_, "the end is the last event");
      if (std::holds_alternative<ConnectedEvent>(event)) {
        Require(!connected_, "a connection is made once");
        connected_ = true;
      } else if (std::holds_alternative<DisconnectedEvent>(event)) {
        ended_ = true;
      } else if (const auto* reply = std::get_if<ReplyEvent>(&event)) {
        Require(asked_.erase(reply->id) == 1, "each request is answered once, and nothing else is");
      }
    }
  }
  void Asked(std::uint64_t id) { asked_.insert(id); }
  bool ended() const { return ended_; }

 private:
  bool connected_ = false;
  bool ended_ = false;
  std::set<std::uint64_t> asked_;
};

std::vector<TransportRequest> OneOfEach() {
  const auto data = std::make_shared<const std::string>("{}");
  return {{2, SubscribeRequest{.channel = "c", .recover = Position{1, "e"}}},
          {3, PublishRequest{.channel = "c", .data = data}},
          {4, HistoryRequest{.channel = "c", .limit = 10, .since = std::nullopt, .reverse = false}},
          {5, PresenceRequest{.channel = "c"}},
          {7, PresenceStatsRequest{.channel = "c"}},
          {8, RpcRequest{.method = "m", .data = "1"}},
          {6, UnsubscribeRequest{.channel = "c"}}};
}

class Conversation {
 public:
  Conversation() {
    centrifuge::Output out;
    connection_.Start(now_, out);
    connection_.SocketOpened(out);
    connection_.FrameSent(out);
    const std::vector<TransportRequest> requests = OneOfEach();
    for (const TransportRequest& request : requests) rules_.Asked(request.id);
    connection_.Ask(requests, now_, out);
    Fetch(out);
    rules_.Take(out);
  }

  void Take(DecodedFrame frame) {
    now_ += 1s;
    centrifuge::Output out;
    connection_.Take(std::move(frame), now_, out);
    connection_.FrameSent(out);
    if (const auto deadline = connection_.NextDeadline(); deadline && *deadline <= now_) connection_.Tick(now_, out);
    Fetch(out);
    rules_.Take(out);
    Require(rules_.ended() == connection_.over(), "the end is told");
    Require(!connection_.over() || !connection_.NextDeadline(), "what is over waits for nothing");
  }

 private:
  void Fetch(centrifuge::Output& out) {
    for (const centrifuge::TokenOwner& owner : std::exchange(out.fetches, {})) {
      connection_.TokenFetched(owner, carried_.tokens.Take(owner, {"T", std::nullopt}), now_, out);
    }
    Require(out.fetches.empty(), "a token that was fetched is enough");
  }

  const Connection::Options options_{
      .connect = {}, .server = "server", .connect_timeout = 10s, .max_ping_delay = 10s, .max_frame_bytes = 65'536};
  TimePoint now_{1h};
  centrifuge::Carried carried_{centrifuge::TokenStore("T", true, true)};
  Connection connection_{options_, carried_, /*seed=*/1};
  ListenerRules rules_;
};

}  // namespace

void TestOneInput(std::string_view input) {
  Decoder decoder;
  Conversation conversation;
  for (const std::string_view bytes : Frames(input)) {
    DecodedFrame frame = decoder.Decode(std::string(bytes));
    CheckFrame(frame);
    const DecodedFrame fresh = Decoder().Decode(std::string(bytes));
    Require(fresh.broken == frame.broken && fresh.raw == frame.raw && fresh.messages.size() == frame.messages.size(),
            "what came before changes nothing");
    for (std::size_t at = 0; at < fresh.messages.size(); ++at) {
      Require(fresh.messages[at].index() == frame.messages[at].index(), "what came before changes nothing");
    }
    conversation.Take(std::move(frame));
  }
}

}  // namespace gapless::fuzz
