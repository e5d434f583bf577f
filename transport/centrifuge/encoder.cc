// Commands, written in one pass by appending. Fields at their defaults are left out, as the protocol has it.

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <type_traits>

#include "envelope/json_string.h"
#include "transport/centrifuge/codec.h"

namespace gapless::centrifuge {
namespace {

using internal::AppendJsonString;

template <typename Integer>
void AppendInteger(std::string& out, Integer value) {
  char digits[std::numeric_limits<Integer>::digits10 + 2];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  out.append(std::begin(digits), end);
}

void BeginLine(std::string& frame) {
  if (!frame.empty()) frame += '\n';
}

// Writes the members of an object; the braces are the caller's.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) {}

  void Text(std::string_view key, std::string_view value) {
    Key(key);
    AppendJsonString(out_, value);
  }
  /// With a key that is not one of the protocol's.
  void EscapedText(std::string_view key, std::string_view value) {
    EscapedKey(key);
    AppendJsonString(out_, value);
  }
  void EscapedObject(std::string_view key, const auto& add_members) {
    EscapedKey(key);
    out_ += '{';
    Members members(out_);
    add_members(members);
    out_ += '}';
  }
  void TextUnlessEmpty(std::string_view key, std::string_view value) {
    if (!value.empty()) Text(key, value);
  }
  template <typename Integer>
  void IntegerUnlessZero(std::string_view key, Integer value) {
    if (value == 0) return;
    Key(key);
    AppendInteger(out_, value);
  }
  void Flag(std::string_view key) {
    Key(key);
    out_ += "true";
  }
  void Raw(std::string_view key, std::string_view json) {
    Key(key);
    for (std::size_t line_end = json.find('\n'); line_end != std::string_view::npos; line_end = json.find('\n')) {
      out_ += json.substr(0, line_end);
      json.remove_prefix(line_end + 1);
    }
    out_ += json;
  }

 private:
  void Key(std::string_view key) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += key;
    out_ += "\":";
  }

  void EscapedKey(std::string_view key) {
    if (!first_) out_ += ',';
    first_ = false;
    AppendJsonString(out_, key);
    out_ += ':';
  }

  std::string& out_;
  bool first_ = true;
};

void AppendCommand(std::string& frame, std::uint32_t id, std::string_view name, const auto& add_members) {
  BeginLine(frame);
  frame += "{\"id\":";
  AppendInteger(frame, id);
  frame += ",\"";
  frame += name;
  frame += "\":{";
  Members members(frame);
  add_members(members);
  frame += "}}";
}

void AppendPosition(Members& members, const Position& position) {
  members.IntegerUnlessZero("offset", position.offset);
  members.TextUnlessEmpty("epoch", position.epoch);
}

void AppendRecovery(Members& members, const Position& position) {
  members.Flag("recover");
  AppendPosition(members, position);
}

constexpr int kNumericChannelFlag = 1;

void Append(std::string& frame, std::uint32_t id, const SubscribeRequest& request, const SubscribeWishes& wishes) {
  AppendCommand(frame, id, "subscribe", [&](Members& members) {
    members.Text("channel", request.channel);
    // Every subscription asks for a position, so that it can be recovered once the connection is lost.
    members.Flag("positioned");
    members.Flag("recoverable");
    members.TextUnlessEmpty("token", wishes.token);
    if (request.join_leave) members.Flag("join_leave");
    if (request.filter) members.Raw("tf", request.filter->ToJson());
    if (wishes.delta) members.Text("delta", "fossil");
    if (wishes.channel_id) members.IntegerUnlessZero("flag", kNumericChannelFlag);
    if (request.recover) AppendRecovery(members, *request.recover);
  });
}

void Append(std::string& frame, std::uint32_t id, const UnsubscribeRequest& request) {
  AppendCommand(frame, id, "unsubscribe", [&](Members& members) { members.Text("channel", request.channel); });
}

void Append(std::string& frame, std::uint32_t id, const PublishRequest& request) {
  AppendCommand(frame, id, "publish", [&](Members& members) {
    members.Text("channel", request.channel);
    members.Raw("data", *request.data);
  });
}

void Append(std::string& frame, std::uint32_t id, const HistoryRequest& request) {
  constexpr std::size_t kMaxLimit = std::numeric_limits<std::int32_t>::max();
  AppendCommand(frame, id, "history", [&](Members& members) {
    members.Text("channel", request.channel);
    members.IntegerUnlessZero("limit", std::min(request.limit, kMaxLimit));
    if (request.since) {
      std::string since = "{";
      Members position(since);
      AppendPosition(position, *request.since);
      members.Raw("since", since += '}');
    }
    if (request.reverse) members.Flag("reverse");
  });
}

void Append(std::string& frame, std::uint32_t id, const PresenceRequest& request) {
  AppendCommand(frame, id, "presence", [&](Members& members) { members.Text("channel", request.channel); });
}

void Append(std::string& frame, std::uint32_t id, const PresenceStatsRequest& request) {
  AppendCommand(frame, id, "presence_stats", [&](Members& members) { members.Text("channel", request.channel); });
}

void Append(std::string& frame, std::uint32_t id, const RpcRequest& request) {
  AppendCommand(frame, id, "rpc", [&](Members& members) {
    members.TextUnlessEmpty("method", request.method);
    if (!request.data.empty()) members.Raw("data", request.data);
  });
}

/// Without id: it has no reply, and with one it would be awaited.
void Append(std::string& frame, std::uint32_t /*id*/, const SendRequest& request) {
  BeginLine(frame);
  frame += "{\"send\":{";
  Members members(frame);
  members.Raw("data", request.data);
  frame += "}}";
}

}  // namespace

void AppendConnect(std::string& frame, std::uint32_t id, const ConnectCommand& command) {
  AppendCommand(frame, id, "connect", [&](Members& members) {
    members.TextUnlessEmpty("token", command.token);
    if (!command.data.empty()) members.Raw("data", command.data);
    members.TextUnlessEmpty("name", command.name);
    members.TextUnlessEmpty("version", command.version);
    if (!command.recover.empty()) {
      std::string subs = "{";
      Members channels(subs);
      for (const auto& [channel, position] : command.recover) {
        channels.EscapedObject(channel, [&from = position](Members& place) { AppendRecovery(place, from); });
      }
      members.Raw("subs", subs += '}');
    }
    if (command.headers.empty()) return;
    std::string headers = "{";
    Members header(headers);
    for (const auto& [name, value] : command.headers) header.EscapedText(name, value);
    members.Raw("headers", headers += '}');
  });
}

void AppendRequest(std::string& frame, std::uint32_t id, const decltype(TransportRequest::body)& request,
                   const SubscribeWishes& wishes) {
  std::visit(
      [&](const auto& body) {
        if constexpr (std::is_same_v<std::decay_t<decltype(body)>, SubscribeRequest>) {
          Append(frame, id, body, wishes);
        } else {
          Append(frame, id, body);
        }
      },
      request);
}

void AppendRefresh(std::string& frame, std::uint32_t id, const std::string& channel, const std::string& token) {
  AppendCommand(frame, id, channel.empty() ? "refresh" : "sub_refresh", [&](Members& members) {
    members.TextUnlessEmpty("channel", channel);
    members.Text("token", token);
  });
}

void AppendPong(std::string& frame) {
  BeginLine(frame);
  frame += "{}";
}

}  // namespace gapless::centrifuge
