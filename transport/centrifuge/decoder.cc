#include <simdjson.h>

#include <optional>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>

#include "transport/centrifuge/codec.h"
#include "transport/centrifuge/json_member.h"

namespace gapless::centrifuge {
namespace {

// A line as long as this gets a parser of its own, so that one giant message does not keep its buffers for ever.
constexpr std::size_t kKeepBuffersUpTo = 1024 * 1024;

constexpr Keys<4> kReplyKeys = {"id", "error", "push", "connect"};
constexpr Keys<9> kResultKeys = {"subscribe",      "unsubscribe", "publish",     "presence", "history",
                                 "presence_stats", "rpc",         "sub_refresh", "refresh"};
constexpr Keys<2> kLifeKeys = {"expires", "ttl"};
constexpr Keys<3> kErrorKeys = {"code", "message", "temporary"};
constexpr Keys<6> kConnectKeys = {"client", "ping", "pong", "subs", "expires", "ttl"};
constexpr Keys<10> kSubscribeKeys = {"recoverable", "recovered", "epoch",   "offset", "publications",
                                     "delta",       "id",        "expires", "ttl",    "publish_debounce"};
constexpr Keys<3> kHistoryKeys = {"publications", "epoch", "offset"};
constexpr Keys<1> kPresenceKeys = {"presence"};
constexpr Keys<2> kPresenceStatsKeys = {"num_clients", "num_users"};
constexpr Keys<1> kDataKeys = {"data"};
constexpr Keys<1> kInfoKeys = {"info"};
constexpr Keys<4> kClientInfoKeys = {"user", "client", "conn_info", "chan_info"};
constexpr Keys<4> kPublicationKeys = {"data", "offset", "delta", "tags"};
constexpr Keys<10> kPushKeys = {"channel", "id",    "pub",       "unsubscribe", "disconnect",
                                "join",    "leave", "subscribe", "message",     "refresh"};
constexpr Keys<2> kEndKeys = {"code", "reason"};

void ReadTags(Member& member, Tags& tags) {
  member.ReadObject(
      Keys<0>{}, [](std::size_t, Member&) {},
      [&tags](Member& tag) {
        const auto [added, is_new] = tags.emplace(tag.key(), std::string());
        if (!is_new) throw WrongShape{internal::Quoted(tag.key()) + " appears twice"};
        tag.Read(added->second);
      });
}

void ReadPublication(Member& member, Publication& publication, bool& delta) {
  member.ReadObject(kPublicationKeys, [&](std::size_t index, Member& field) {
    if (index == 0) field.ReadRaw(publication.data);
    if (index == 1) field.Read(publication.offset);
    if (index == 2) field.Read(delta);
    if (index == 3) ReadTags(field, publication.tags);
  });
}

/// The indices of those that are deltas go into `deltas`.
std::vector<Publication> ReadPublications(Member& member, std::set<std::size_t>& deltas) {
  std::vector<Publication> publications;
  member.ReadArray([&](Member& element) {
    bool delta = false;
    ReadPublication(element, publications.emplace_back(), delta);
    if (delta) deltas.insert(publications.size() - 1);
  });
  return publications;
}

ServerError ReadError(Member& member) {
  ServerError error;
  member.ReadObject(kErrorKeys, [&](std::size_t index, Member& field) {
    if (index == 0) field.Read(error.code);
    if (index == 1) field.Read(error.message);
    if (index == 2) field.Read(error.temporary);
  });
  return error;
}

SubscribeResult ReadSubscribe(Member& member) {
  SubscribeResult result;
  member.ReadObject(kSubscribeKeys, [&](std::size_t index, Member& field) {
    if (index == 0) field.Read(result.recoverable);
    if (index == 1) field.Read(result.recovered);
    if (index == 2) field.Read(result.position.epoch);
    if (index == 3) field.Read(result.position.offset);
    if (index == 4) result.publications = ReadPublications(field, result.deltas);
    if (index == 5) field.Read(result.delta);
    if (index == 6) field.Read(result.channel_id);
    if (index == 7) field.Read(result.life.expires);
    if (index == 8) field.Read(result.life.ttl);
    if (index == 9) field.Read(result.publish_debounce);
  });
  return result;
}

TokenLife ReadLife(Member& member) {
  TokenLife life;
  member.ReadObject(kLifeKeys, [&](std::size_t index, Member& field) {
    index == 0 ? field.Read(life.expires) : field.Read(life.ttl);
  });
  return life;
}

ConnectResult ReadConnect(Member& member) {
  ConnectResult result;
  member.ReadObject(kConnectKeys, [&](std::size_t index, Member& field) {
    if (index == 0) field.Read(result.client);
    if (index == 1) field.Read(result.ping);
    if (index == 2) field.Read(result.pong);
    if (index == 3) {
      field.ReadObject(
          Keys<0>{}, [](std::size_t, Member&) {},
          [&](Member& subscription) {
            const std::string channel(subscription.key());
            if (!result.server_side.emplace(channel, ReadSubscribe(subscription)).second) {
              throw WrongShape{internal::Quoted(channel) + " appears twice"};
            }
          });
    }
    if (index == 4) field.Read(result.life.expires);
    if (index == 5) field.Read(result.life.ttl);
  });
  return result;
}

HistoryReply ReadHistory(Member& member) {
  HistoryReply reply;
  std::set<std::size_t> never;
  member.ReadObject(kHistoryKeys, [&](std::size_t index, Member& field) {
    if (index == 0) reply.publications = ReadPublications(field, never);
    if (index == 1) field.Read(reply.top.epoch);
    if (index == 2) field.Read(reply.top.offset);
  });
  return reply;
}

Presence ReadClientInfo(Member& member, std::string_view client_id) {
  Presence presence;
  std::string of_channel;
  presence.client_id = client_id;
  member.ReadObject(kClientInfoKeys, [&](std::size_t index, Member& field) {
    if (index == 0) field.Read(presence.user_id);
    if (index == 1) field.Read(presence.client_id);
    if (index == 2) field.ReadRaw(presence.info);
    if (index == 3) field.ReadRaw(of_channel);
  });
  // What the subscription was given is closer to the question than what the connection was given.
  if (!of_channel.empty()) presence.info = std::move(of_channel);
  return presence;
}

PresenceReply ReadPresence(Member& member) {
  PresenceReply reply;
  member.ReadObject(kPresenceKeys, [&](std::size_t, Member& field) {
    field.ReadObject(
        Keys<0>{}, [](std::size_t, Member&) {},
        [&](Member& client) { reply.members.push_back(ReadClientInfo(client, client.key())); });
  });
  return reply;
}

PresenceStatsReply ReadPresenceStats(Member& member) {
  std::uint32_t clients = 0;
  std::uint32_t users = 0;
  member.ReadObject(kPresenceStatsKeys,
                    [&](std::size_t index, Member& field) { field.Read(index == 0 ? clients : users); });
  return {{clients, users}};
}

std::string ReadData(Member& member) {
  std::string data;
  member.ReadObject(kDataKeys, [&](std::size_t, Member& field) { field.ReadRaw(data); });
  return data;
}

PresencePush ReadPresencePush(Member& member, bool joined) {
  PresencePush push;
  push.joined = joined;
  member.ReadObject(kInfoKeys, [&](std::size_t, Member& field) { push.member = ReadClientInfo(field, {}); });
  return push;
}

SubscribePush ReadSubscribePush(Member& member) {
  SubscribeResult result = ReadSubscribe(member);
  SubscribePush push;
  push.recoverable = result.recoverable;
  push.position = std::move(result.position);
  return push;
}

decltype(Reply::body) ReadResult(std::size_t index, Member& member) {
  switch (index) {
    case 0:
      return ReadSubscribe(member);
    case 1:
      member.ReadObject(Keys<0>{}, [](std::size_t, Member&) {});
      return UnsubscribeReply{};
    case 2:
      member.ReadObject(Keys<0>{}, [](std::size_t, Member&) {});
      return PublishReply{};
    case 3:
      return ReadPresence(member);
    case 4:
      return ReadHistory(member);
    case 5:
      return ReadPresenceStats(member);
    case 6:
      return RpcReply{ReadData(member)};
    default:
      return RefreshResult{ReadLife(member)};
  }
}

template <typename End>
End ReadEnd(Member& member) {
  End end;
  member.ReadObject(
      kEndKeys, [&](std::size_t index, Member& field) { index == 0 ? field.Read(end.code) : field.Read(end.reason); });
  return end;
}

Message ReadPush(Member& member) {
  PushTarget target;
  std::optional<Message> push;
  std::string other;
  const auto keep = [&](Message message) {
    if (push) throw WrongShape{"a push of two kinds"};
    push = std::move(message);
  };
  member.ReadObject(
      kPushKeys,
      [&](std::size_t index, Member& field) {
        if (index == 0) field.Read(target.channel);
        if (index == 1) field.Read(target.channel_id);
        if (index == 2) {
          PublicationPush publication;
          ReadPublication(field, publication.publication, publication.delta);
          keep(std::move(publication));
        }
        if (index == 3) keep(ReadEnd<UnsubscribePush>(field));
        if (index == 4) keep(ReadEnd<DisconnectPush>(field));
        if (index == 5 || index == 6) keep(ReadPresencePush(field, index == 5));
        if (index == 7) keep(ReadSubscribePush(field));
        if (index == 8) keep(MessagePush{ReadData(field)});
        if (index == 9) keep(RefreshPush{ReadLife(field)});
      },
      [&](Member& field) {
        if (other.empty()) other = field.key();
      });
  if (!push) return OtherPush{std::move(other)};
  std::visit(
      [&](auto& kind) {
        if constexpr (std::is_base_of_v<PushTarget, std::decay_t<decltype(kind)>>) {
          static_cast<PushTarget&>(kind) = std::move(target);
        }
      },
      *push);
  return std::move(*push);
}

/// Reads one line. Where a field has the wrong shape, it goes on to learn whose reply it is.
class LineReader {
 public:
  Message Read(ondemand::object& object) {
    Member::ForEachMember(
        object, kReplyKeys, [this](std::size_t index, Member& member) { Guarded([&] { ReadMember(index, member); }); },
        [this](Member& member) { Guarded([&] { ReadOther(member); }); });
    if (wrong_.empty()) Judge();
    if (!wrong_.empty()) return Unusable{id_, is_push_, std::move(wrong_), {}};
    if (push_) return std::move(*push_);
    if (result_) return Reply{id_, std::move(*result_)};
    return Ping{};
  }

 private:
  void ReadMember(std::size_t index, Member& member) {
    any_ = true;
    if (index == 0) member.Read(id_);
    if (index == 1) Keep(ReadError(member));
    if (index == 2) {
      is_push_ = true;
      push_ = ReadPush(member);
    }
    if (index == 3) Keep(ReadConnect(member));
  }

  void ReadOther(Member& member) {
    any_ = true;
    for (std::size_t index = 0; index < kResultKeys.size(); ++index) {
      if (kResultKeys[index] == member.key()) Keep(ReadResult(index, member));
    }
  }

  void Keep(decltype(Reply::body) result) {
    if (result_) throw WrongShape{"a reply with two results"};
    result_ = std::move(result);
  }

  void Judge() {
    if (push_ && result_) {
      wrong_ = "a push and a reply in one";
    } else if (result_ && id_ == 0) {
      wrong_ = "a reply without id";
    } else if (any_ && !push_ && !result_) {
      wrong_ = id_ == 0 ? "a message of unknown kind" : "a reply of unknown kind";
    }
  }

  template <typename ReadIt>
  void Guarded(const ReadIt& read) {
    try {
      read();
    } catch (WrongShape& wrong) {
      if (wrong_.empty()) wrong_ = std::move(wrong.why);
    }
  }

  std::uint32_t id_ = 0;
  bool any_ = false;
  bool is_push_ = false;
  std::optional<decltype(Reply::body)> result_;
  std::optional<Message> push_;
  std::string wrong_;
};

}  // namespace

struct Decoder::Impl {
  ondemand::parser kept;

  Message DecodeLine(std::string_view line, std::size_t readable) {
    // Also keeps out a byte order mark, which some versions of simdjson skip and others refuse.
    if (line.front() != '{') throw Broken{"not an object"};
    std::optional<ondemand::parser> own;
    ondemand::parser& parser = line.size() > kKeepBuffersUpTo ? own.emplace() : kept;
    ondemand::document document;
    Check(parser.iterate(simdjson::padded_string_view(line.data(), line.size(), readable)).get(document));
    ondemand::object object;
    Check(document.get_object().get(object));
    Message message;
    try {
      message = LineReader().Read(object);
    } catch (WrongShape& wrong) {
      message = Unusable{0, false, std::move(wrong.why), {}};
    }
    if (auto* unusable = std::get_if<Unusable>(&message)) {
      unusable->raw = line.substr(0, kMaxRawBytes);
      return message;
    }
    const char* location = nullptr;
    if (document.current_location().get(location) != simdjson::OUT_OF_BOUNDS) {
      throw Broken{"more text after the object on its line"};
    }
    return message;
  }
};

Decoder::Decoder() : impl_(std::make_unique<Impl>()) {}
Decoder::~Decoder() = default;

DecodedFrame Decoder::Decode(std::string frame) {
  DecodedFrame decoded;
  const std::size_t length = frame.size();
  frame.append(simdjson::SIMDJSON_PADDING, ' ');
  std::size_t begin = 0;
  while (begin < length) {
    std::size_t end = std::string_view(frame).substr(0, length).find('\n', begin);
    if (end == std::string_view::npos) end = length;
    const std::string_view line = Trimmed(std::string_view(frame).substr(begin, end - begin));
    if (!line.empty()) {
      try {
        decoded.messages.push_back(impl_->DecodeLine(line, frame.size() - begin));
      } catch (Broken& broken) {
        decoded.broken = std::move(broken.why);
        decoded.raw = line.substr(0, kMaxRawBytes);
        return decoded;
      }
    }
    begin = end + 1;
  }
  return decoded;
}

}  // namespace gapless::centrifuge
