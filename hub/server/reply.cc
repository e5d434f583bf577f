#include "hub/server/reply.h"

#include <array>
#include <charconv>

#include "envelope/json_string.h"
#include "hub/server/codes.h"
#include "hub/server/delta_encoder.h"

namespace gapless::hub {
namespace {

void AppendNumber(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// Writes the members of an object, with commas between them.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  void Close() { out_ += '}'; }

  std::string& Key(std::string_view key) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += key;
    out_ += "\":";
    return out_;
  }
  void Text(std::string_view key, std::string_view text) { internal::AppendJsonString(Key(key), text); }
  void Number(std::string_view key, std::uint64_t number) { AppendNumber(Key(key), number); }
  void TextUnlessEmpty(std::string_view key, std::string_view text) {
    if (!text.empty()) Text(key, text);
  }
  void NumberUnlessZero(std::string_view key, std::uint64_t number) {
    if (number != 0) Number(key, number);
  }
  void TrueIf(std::string_view key, bool value) {
    if (value) Key(key) += "true";
  }

 private:
  std::string& out_;
  bool first_ = true;
};

// Newlines separate messages. Inside well-formed JSON a raw one is space between tokens, so it can go.
void AppendWithoutNewlines(std::string& out, std::string_view data) {
  for (;;) {
    const std::size_t newline = data.find('\n');
    out += data.substr(0, newline);
    if (newline == std::string_view::npos) return;
    data.remove_prefix(newline + 1);
  }
}

void AppendClientInfo(std::string& out, const Presence& member) {
  ObjectWriter info(out);
  info.Text("user", member.user_id);
  info.Text("client", member.client_id);
  if (!member.info.empty()) AppendWithoutNewlines(info.Key("conn_info"), member.info);
  info.Close();
}

void AppendOrigin(ObjectWriter& object, const Publication& publication) {
  if (publication.publisher) AppendClientInfo(object.Key("info"), *publication.publisher);
  if (publication.tags.empty()) return;
  std::string& list = object.Key("tags");
  list += '{';
  for (const auto& [name, value] : publication.tags) {
    if (list.back() != '{') list += ',';
    internal::AppendJsonString(list, name);
    list += ':';
    internal::AppendJsonString(list, value);
  }
  list += '}';
}

void AppendPublication(std::string& out, const Publication& publication) {
  ObjectWriter object(out);
  AppendWithoutNewlines(object.Key("data"), publication.data);
  object.NumberUnlessZero("offset", publication.offset);
  AppendOrigin(object, publication);
  object.Close();
}

void AppendPublications(std::string& out, const std::vector<Publication>& publications) {
  out += '[';
  for (const Publication& publication : publications) {
    if (out.back() != '[') out += ',';
    AppendPublication(out, publication);
  }
  out += ']';
}

void AppendTimeToLive(ObjectWriter& body, TimeToLive ttl) {
  body.TrueIf("expires", ttl.has_value());
  body.NumberUnlessZero("ttl", ttl.value_or(0));
}

void AppendDeltaPublication(std::string& out, const Publication& publication, const Publication* base) {
  const std::string delta = base == nullptr ? std::string() : EncodeDelta(base->data, publication.data);
  const bool shorter = base != nullptr && delta.size() < publication.data.size();
  ObjectWriter object(out);
  object.Text("data", shorter ? delta : publication.data);
  object.NumberUnlessZero("offset", publication.offset);
  object.TrueIf("delta", shorter);
  AppendOrigin(object, publication);
  object.Close();
}

void AppendDeltaPublications(std::string& out, const std::vector<Publication>& publications) {
  out += '[';
  const Publication* base = nullptr;
  for (const Publication& publication : publications) {
    if (base != nullptr) out += ',';
    AppendDeltaPublication(out, publication, base);
    base = &publication;
  }
  out += ']';
}

// `{"id":7,"<command>":` … `}`
template <class AppendBody>
void AppendReply(std::string& out, std::uint32_t id, std::string_view command, AppendBody append_body) {
  ObjectWriter reply(out);
  reply.Number("id", id);
  ObjectWriter body(reply.Key(command));
  append_body(body);
  body.Close();
  reply.Close();
}

template <class AppendBody>
void AppendPush(std::string& out, std::string_view channel, std::string_view kind, AppendBody append_body) {
  ObjectWriter message(out);
  ObjectWriter push(message.Key("push"));
  push.Text("channel", channel);
  append_body(push.Key(kind));
  push.Close();
  message.Close();
}

}  // namespace

void AppendConnectReply(std::string& out, std::uint32_t id, const ConnectReply& reply) {
  AppendReply(out, id, "connect", [&](ObjectWriter& body) {
    body.Text("client", reply.client_id);
    body.Text("version", "gapless hub");
    AppendTimeToLive(body, reply.ttl);
    body.NumberUnlessZero("ping", reply.ping_seconds);
    body.TrueIf("pong", reply.pong);
    body.TextUnlessEmpty("session", reply.ids.session);
    body.TextUnlessEmpty("node", reply.ids.node);
  });
}

void AppendSubscribeReply(std::string& out, std::uint32_t id, const SubscribeReply& reply, TimeToLive ttl, bool delta) {
  AppendReply(out, id, "subscribe", [&](ObjectWriter& body) {
    AppendTimeToLive(body, ttl);
    body.TrueIf("recoverable", reply.recoverable);
    body.TrueIf("positioned", reply.recoverable);
    body.TextUnlessEmpty("epoch", reply.position.epoch);
    body.NumberUnlessZero("offset", reply.position.offset);
    body.TrueIf("was_recovering", reply.recovery != Recovery::kNotAsked);
    body.TrueIf("recovered", reply.recovery == Recovery::kRecovered);
    body.TrueIf("delta", delta);
    if (reply.publications.empty()) return;
    std::string& list = body.Key("publications");
    delta ? AppendDeltaPublications(list, reply.publications) : AppendPublications(list, reply.publications);
  });
}

void AppendRefreshReply(std::string& out, std::uint32_t id, std::string_view command, TimeToLive ttl) {
  AppendReply(out, id, command, [&](ObjectWriter& body) { AppendTimeToLive(body, ttl); });
}

void AppendEmptyReply(std::string& out, std::uint32_t id, std::string_view command) {
  AppendReply(out, id, command, [](ObjectWriter&) {});
}

void AppendHistoryReply(std::string& out, std::uint32_t id, const HistoryReply& reply) {
  AppendReply(out, id, "history", [&](ObjectWriter& body) {
    AppendPublications(body.Key("publications"), reply.publications);
    body.Text("epoch", reply.top.epoch);
    body.Number("offset", reply.top.offset);
  });
}

void AppendPresenceReply(std::string& out, std::uint32_t id, const std::vector<Presence>& members) {
  AppendReply(out, id, "presence", [&](ObjectWriter& body) {
    ObjectWriter presence(body.Key("presence"));
    for (const Presence& member : members) {
      AppendClientInfo(presence.Key(member.client_id), member);
    }
    presence.Close();
  });
}

void AppendPresenceStatsReply(std::string& out, std::uint32_t id, const PresenceStats& stats) {
  AppendReply(out, id, "presence_stats", [&](ObjectWriter& body) {
    body.Number("num_clients", stats.clients);
    body.Number("num_users", stats.users);
  });
}

void AppendErrorReply(std::string& out, std::uint32_t id, std::uint32_t code) {
  const ErrorText text = ErrorTextOf(code);
  AppendReply(out, id, "error", [&](ObjectWriter& body) {
    body.Number("code", code);
    body.Text("message", text.message);
    body.TrueIf("temporary", text.temporary);
  });
}

void AppendUnsubscribePush(std::string& out, std::string_view channel, std::uint32_t code, std::string_view reason) {
  AppendPush(out, channel, "unsubscribe", [&](std::string& to) {
    ObjectWriter body(to);
    body.Number("code", code);
    body.TextUnlessEmpty("reason", reason);
    body.Close();
  });
}

void AppendDisconnectPush(std::string& out, std::uint32_t code, std::string_view reason) {
  ObjectWriter message(out);
  ObjectWriter push(message.Key("push"));
  ObjectWriter body(push.Key("disconnect"));
  body.Number("code", code);
  body.Text("reason", reason);
  body.Close();
  push.Close();
  message.Close();
}

void AppendPublicationPush(std::string& out, std::string_view channel, const Publication& publication) {
  AppendPush(out, channel, "pub", [&](std::string& to) { AppendPublication(to, publication); });
}

void AppendPresencePush(std::string& out, std::string_view channel, bool joined, const Presence& member) {
  AppendPush(out, channel, joined ? "join" : "leave", [&](std::string& to) {
    ObjectWriter body(to);
    AppendClientInfo(body.Key("info"), member);
    body.Close();
  });
}

void AppendDeltaPush(std::string& out, std::string_view channel, const Publication& publication,
                     const Publication* base) {
  AppendPush(out, channel, "pub", [&](std::string& to) { AppendDeltaPublication(to, publication, base); });
}

}  // namespace gapless::hub
