#include "transport/parsec/twirp.h"

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "envelope/base64.h"
#include "envelope/quoted.h"

namespace gapless::parsec {
namespace {

using Json = nlohmann::json;

// Answers are shallow; what is deeper is not Parsec's.
constexpr int kMaxDepth = 32;

[[noreturn]] void Fail(const std::string& why) { throw Error(Errc::kProtocol, "the server's answer " + why); }

/// A JSON object in which no key appears twice.
std::optional<Json> ParsedObject(std::string_view text) {
  std::vector<std::set<std::string>> keys;
  bool usable = true;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMaxDepth) usable = false;
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) usable = false;
    return usable;
  };
  Json json = Json::parse(text.begin(), text.end(), watch, false);
  if (!usable || !json.is_object()) return std::nullopt;
  return json;
}

/// The fields of one message, by their names in snake_case.
class Message {
 public:
  explicit Message(Json json) : json_(std::move(json)) {}
  static Message Of(std::string_view answer) {
    auto json = ParsedObject(answer);
    if (!json) Fail("is not one JSON object");
    return Message(std::move(*json));
  }

  std::string Text(const char* key) const {
    const Json* value = Find(key);
    if (value == nullptr) return {};
    if (!value->is_string()) Fail(Wrong(key));
    return value->get<std::string>();
  }
  template <typename Integer>
  Integer Number(const char* key) const {
    const Json* value = Find(key);
    if (value == nullptr) return 0;
    // The text of a number shows its exact value whatever type it was read as.
    const std::string text = value->is_string() ? value->get<std::string>() : value->dump();
    Integer number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) Fail(Wrong(key));
    return number;
  }
  std::vector<std::string> Texts(const char* key) const {
    std::vector<std::string> texts;
    for (const Json& each : List(key)) {
      if (!each.is_string()) Fail(Wrong(key));
      texts.push_back(each.get<std::string>());
    }
    return texts;
  }
  std::vector<Message> Messages(const char* key) const {
    std::vector<Message> messages;
    for (const Json& each : List(key)) {
      if (!each.is_object()) Fail(Wrong(key));
      messages.emplace_back(each);
    }
    return messages;
  }
  Message Inner(const char* key) const {
    const Json* value = Find(key);
    if (value == nullptr || !value->is_object()) Fail(Wrong(key));
    return Message(*value);
  }
  std::string Dump() const { return json_.dump(); }

 private:
  static std::string Wrong(const char* key) { return "has no usable " + internal::Quoted(key); }
  Json List(const char* key) const {
    const Json* value = Find(key);
    if (value == nullptr) return Json::array();
    if (!value->is_array()) Fail(Wrong(key));
    return *value;
  }
  /// Null if it is not there or null.
  const Json* Find(const std::string& key) const {
    auto found = json_.find(key);
    if (found == json_.end()) found = json_.find(CamelCase(key));
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }
  static std::string CamelCase(const std::string& key) {
    std::string camel;
    for (std::size_t at = 0; at < key.size(); ++at) {
      const bool next_word = key[at] == '_' && at + 1 < key.size();
      camel += next_word ? static_cast<char>(key[++at] - 'a' + 'A') : key[at];
    }
    return camel;
  }

  Json json_;
};

std::string Dumped(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::type_error&) {
    throw Error(Errc::kInvalidArgument, "a request to Parsec holds text that is not UTF-8");
  }
}

ParsecChannel ChannelOf(const Message& message) {
  return {message.Text("name"), message.Text("state"),
          std::chrono::seconds{message.Number<std::int64_t>("ttl_seconds")}, message.Text("created_at"),
          message.Text("last_active")};
}

ParsecTokens TokensOf(const Message& message) {
  ParsecTokens tokens{message.Text("access_token"), message.Text("refresh_token"),
                      message.Number<std::int64_t>("access_expires_unix"),
                      message.Number<std::int64_t>("refresh_expires_unix")};
  if (tokens.access.empty()) Fail("brings no access token");
  return tokens;
}

}  // namespace

std::string TwirpPath(std::string_view method) { return "/twirp/parsec.ParsecService/" + std::string(method); }

std::string PublishBody(const std::string& channel, std::string_view data) {
  // Base64 needs no escapes, and is most of it.
  std::string body = R"({"name":)" + Dumped(channel) + R"(,"data":")";
  body += internal::EncodeBase64(data);
  body += "\"}";
  return body;
}
std::string NameBody(const std::string& channel) { return Dumped({{"name", channel}}); }
std::string OpenPublicBody(const std::string& channel, std::chrono::seconds ttl) {
  return Dumped({{"name", channel}, {"ttl_seconds", ttl.count()}});
}
std::string CreatePrivateBody(const std::string& channel, std::chrono::seconds ttl, const std::string& subject,
                              const std::vector<ParsecScope>& scopes) {
  Json list = Json::array();
  for (const ParsecScope& scope : scopes) {
    list.push_back({{"pattern", scope.pattern}, {"verbs", scope.verbs}, {"deny", scope.deny}});
  }
  return Dumped({{"name", channel}, {"ttl_seconds", ttl.count()}, {"subject", subject}, {"scopes", std::move(list)}});
}
std::string RefreshTokenBody(const std::string& refresh_token) { return Dumped({{"refresh_token", refresh_token}}); }
std::string IssueMgmtBody(const std::string& subject, std::chrono::seconds ttl) {
  return Dumped({{"subject", subject}, {"ttl_seconds", ttl.count()}});
}

Position ReadPublish(std::string_view answer) {
  const Message message = Message::Of(answer);
  return {message.Number<std::uint64_t>("offset"), message.Text("epoch")};
}

ParsecChannel ReadChannel(std::string_view answer) { return ChannelOf(Message::Of(answer).Inner("channel")); }

std::vector<ParsecChannel> ReadChannels(std::string_view answer) {
  std::vector<ParsecChannel> channels;
  for (const Message& each : Message::Of(answer).Messages("channels")) channels.push_back(ChannelOf(each));
  return channels;
}

ParsecTokens ReadCreatePrivate(std::string_view answer) { return TokensOf(Message::Of(answer)); }

ParsecTokens ReadRefreshToken(std::string_view answer, const ParsecTokens& old) {
  ParsecTokens tokens = TokensOf(Message::Of(answer));
  if (tokens.refresh.empty()) {
    tokens.refresh = old.refresh;
    tokens.refresh_expires = old.refresh_expires;
  }
  return tokens;
}

std::string ReadIssueMgmt(std::string_view answer) {
  std::string token = Message::Of(answer).Text("mgmt_token");
  if (token.empty()) Fail("brings no management token");
  return token;
}

ParsecManifest ReadManifest(std::string_view descriptor) {
  const Message message = Message::Of(descriptor);
  ParsecManifest manifest;
  manifest.format_version = message.Text("format_version");
  const std::string major = manifest.format_version.substr(0, manifest.format_version.find('.'));
  if (message.Text("kind") != "parsec.manifest") Fail("is not a Parsec's manifest");
  if (major != "1") {
    throw Error(Errc::kNotSupported, "the server's manifest has the format " +
                                         internal::QuotedExcerpt(manifest.format_version) +
                                         ", of which only 1 is known");
  }
  const Message payload = message.Inner("payload");
  manifest.service = payload.Text("service");
  manifest.version = payload.Text("version");
  manifest.transports = payload.Texts("transports");
  manifest.persistence = payload.Text("persistence");
  manifest.payload = payload.Dump();
  return manifest;
}

std::optional<TwirpError> ReadTwirpError(std::string_view answer) {
  const auto json = ParsedObject(answer);
  if (!json) return std::nullopt;
  const auto code = json->find("code");
  const auto msg = json->find("msg");
  if (code == json->end() || !code->is_string()) return std::nullopt;
  const bool has_text = msg != json->end() && msg->is_string();
  return TwirpError{code->get<std::string>(), has_text ? msg->get<std::string>() : std::string()};
}

}  // namespace gapless::parsec
