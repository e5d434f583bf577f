#include <simdjson.h>

#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "envelope/quoted.h"
#include "transport/centrifuge/codec.h"

namespace gapless::centrifuge {
namespace {

namespace ondemand = simdjson::ondemand;
using internal::QuotedExcerpt;

// A line as long as this gets a parser of its own, so that one giant message does not keep its buffers for ever.
constexpr std::size_t kKeepBuffersUpTo = 1024 * 1024;

// The text is not JSON at all.
struct Broken {
  std::string why;
};

// JSON, but not what the protocol has in this place.
struct WrongShape {
  std::string why;
};

// The members of one object that we know; each may appear once.
template <std::size_t kCount>
using Keys = std::array<std::string_view, kCount>;

constexpr Keys<4> kReplyKeys = {"id", "error", "push", "connect"};
constexpr Keys<5> kResultKeys = {"subscribe", "unsubscribe", "publish", "presence", "history"};
constexpr Keys<3> kErrorKeys = {"code", "message", "temporary"};
constexpr Keys<4> kConnectKeys = {"client", "ping", "pong", "subs"};
constexpr Keys<5> kSubscribeKeys = {"recoverable", "recovered", "epoch", "offset", "publications"};
constexpr Keys<3> kHistoryKeys = {"publications", "epoch", "offset"};
constexpr Keys<1> kPresenceKeys = {"presence"};
constexpr Keys<4> kClientInfoKeys = {"user", "client", "conn_info", "chan_info"};
constexpr Keys<2> kPublicationKeys = {"data", "offset"};
constexpr Keys<4> kPushKeys = {"channel", "pub", "unsubscribe", "disconnect"};
constexpr Keys<2> kEndKeys = {"code", "reason"};

// The value has a type, spelling or range that is not expected, while the text around it is JSON.
bool IsOfShape(simdjson::error_code error) {
  return error == simdjson::INCORRECT_TYPE || error == simdjson::NUMBER_ERROR ||
         error == simdjson::NUMBER_OUT_OF_RANGE || error == simdjson::STRING_ERROR || error == simdjson::N_ATOM_ERROR;
}

void Check(simdjson::error_code error) {
  if (error != simdjson::SUCCESS) throw Broken{simdjson::error_message(error)};
}

void CheckShape(simdjson::error_code error, std::string_view key, const char* expected) {
  if (error == simdjson::SUCCESS) return;
  if (!IsOfShape(error)) throw Broken{simdjson::error_message(error)};
  throw WrongShape{internal::Quoted(key) + " is not " + expected};
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

/// One member of an object, read at most once.
class Member {
 public:
  Member(std::string_view key, ondemand::value& value) : key_(key), value_(value) {}

  std::string_view key() const { return key_; }

  bool IsNull() {
    bool is_null = false;
    CheckShape(value_.is_null().get(is_null), key_, "null, though it begins like it");
    return is_null;
  }
  void Read(std::string& text) {
    if (IsNull()) return;
    std::string_view view;
    CheckShape(value_.get_string().get(view), key_, "text");
    text = view;
  }
  void Read(bool& flag) {
    if (IsNull()) return;
    CheckShape(value_.get_bool().get(flag), key_, "true or false");
  }
  void Read(std::uint64_t& number) {
    if (IsNull()) return;
    CheckShape(value_.get_uint64().get(number), key_, "an integer from 0 to 2^64 - 1");
  }
  void Read(std::uint32_t& number) {
    std::uint64_t wide = number;
    Read(wide);
    if (wide > std::numeric_limits<std::uint32_t>::max()) {
      throw WrongShape{internal::Quoted(key_) + " is above 2^32 - 1"};
    }
    number = static_cast<std::uint32_t>(wide);
  }
  /// The value as it stands in the text.
  void ReadRaw(std::string& json) {
    ondemand::json_type type{};
    Check(value_.type().get(type));
    std::string_view raw;
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      Check(value_.get_object().get(object));
      Check(object.raw_json().get(raw));
    } else if (type == ondemand::json_type::array) {
      ondemand::array array;
      Check(value_.get_array().get(array));
      Check(array.raw_json().get(raw));
    } else {
      raw = value_.raw_json_token();
    }
    json = Trimmed(raw);
  }

  /// Calls `read(index, member)` for each member of this object whose key is in `keys`; `other(member)` for the rest.
  /// `null` is an object without members.
  template <std::size_t kCount, typename OnMember, typename OnOther>
  void ReadObject(const Keys<kCount>& keys, const OnMember& read, const OnOther& other) {
    if (IsNull()) return;
    ondemand::object object;
    CheckShape(value_.get_object().get(object), key_, "an object");
    ForEachMember(object, keys, read, other);
  }
  template <std::size_t kCount, typename OnMember>
  void ReadObject(const Keys<kCount>& keys, const OnMember& read) {
    ReadObject(keys, read, [](Member&) {});
  }
  template <typename OnElement>
  void ReadArray(const OnElement& read) {
    if (IsNull()) return;
    ondemand::array array;
    CheckShape(value_.get_array().get(array), key_, "a list");
    for (auto element : array) {
      ondemand::value value;
      Check(std::move(element).get(value));
      Member member(key_, value);
      read(member);
    }
  }

  template <std::size_t kCount, typename OnMember, typename OnOther>
  static void ForEachMember(ondemand::object& object, const Keys<kCount>& keys, const OnMember& read,
                            const OnOther& other) {
    unsigned seen = 0;
    for (auto result : object) {
      ondemand::field field;
      Check(std::move(result).get(field));
      std::string_view key;
      Check(field.unescaped_key().get(key));
      Member member(key, field.value());
      std::size_t index = 0;
      while (index < kCount && keys[index] != key) ++index;
      if (index == kCount) {
        other(member);
        continue;
      }
      if ((seen & (1U << index)) != 0) throw WrongShape{internal::Quoted(key) + " appears twice"};
      seen |= 1U << index;
      read(index, member);
    }
  }

 private:
  const std::string_view key_;
  ondemand::value& value_;
};

Publication ReadPublication(Member& member) {
  Publication publication;
  member.ReadObject(kPublicationKeys, [&](std::size_t index, Member& field) {
    index == 0 ? field.ReadRaw(publication.data) : field.Read(publication.offset);
  });
  return publication;
}

std::vector<Publication> ReadPublications(Member& member) {
  std::vector<Publication> publications;
  member.ReadArray([&](Member& element) { publications.push_back(ReadPublication(element)); });
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

ConnectResult ReadConnect(Member& member) {
  ConnectResult result;
  member.ReadObject(kConnectKeys, [&](std::size_t index, Member& field) {
    if (index == 0) field.Read(result.client);
    if (index == 1) field.Read(result.ping);
    if (index == 2) field.Read(result.pong);
    if (index == 3) {
      field.ReadObject(
          Keys<0>{}, [](std::size_t, Member&) {},
          [&](Member& subscription) { result.server_side.emplace_back(subscription.key()); });
    }
  });
  return result;
}

SubscribeResult ReadSubscribe(Member& member) {
  SubscribeResult result;
  member.ReadObject(kSubscribeKeys, [&](std::size_t index, Member& field) {
    if (index == 0) field.Read(result.recoverable);
    if (index == 1) field.Read(result.recovered);
    if (index == 2) field.Read(result.position.epoch);
    if (index == 3) field.Read(result.position.offset);
    if (index == 4) result.publications = ReadPublications(field);
  });
  return result;
}

HistoryReply ReadHistory(Member& member) {
  HistoryReply reply;
  member.ReadObject(kHistoryKeys, [&](std::size_t index, Member& field) {
    if (index == 0) reply.publications = ReadPublications(field);
    if (index == 1) field.Read(reply.top.epoch);
    if (index == 2) field.Read(reply.top.offset);
  });
  return reply;
}

Presence ReadClientInfo(Member& member) {
  Presence presence;
  std::string of_channel;
  presence.client_id = member.key();
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
        [&](Member& client) { reply.members.push_back(ReadClientInfo(client)); });
  });
  return reply;
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
    default:
      return ReadHistory(member);
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
  std::string channel;
  std::optional<Message> push;
  std::string other;
  const auto keep = [&](Message message) {
    if (push) throw WrongShape{"a push of two kinds"};
    push = std::move(message);
  };
  member.ReadObject(
      kPushKeys,
      [&](std::size_t index, Member& field) {
        if (index == 0) field.Read(channel);
        if (index == 1) keep(PublicationPush{{}, ReadPublication(field)});
        if (index == 2) keep(ReadEnd<UnsubscribePush>(field));
        if (index == 3) keep(ReadEnd<DisconnectPush>(field));
      },
      [&](Member& field) {
        if (other.empty() && field.key() != "id") other = field.key();
      });
  if (!push) return OtherPush{std::move(other)};
  if (auto* publication = std::get_if<PublicationPush>(&*push)) publication->channel = std::move(channel);
  if (auto* end = std::get_if<UnsubscribePush>(&*push)) end->channel = std::move(channel);
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
    std::optional<ondemand::parser> own;
    ondemand::parser& parser = line.size() > kKeepBuffersUpTo ? own.emplace() : kept;
    ondemand::document document;
    Check(parser.iterate(simdjson::padded_string_view(line.data(), line.size(), readable)).get(document));
    ondemand::object object;
    if (const auto error = document.get_object().get(object)) {
      throw Broken{error == simdjson::INCORRECT_TYPE ? "not an object" : simdjson::error_message(error)};
    }
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
