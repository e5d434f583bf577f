#ifndef GAPLESS_PARSEC_H_
#define GAPLESS_PARSEC_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gapless/file_io.h"
#include "gapless/tls.h"
#include "gapless/transport.h"
#include "gapless/websocket.h"

namespace gapless {

/// What lets a client into one private channel, as `ParsecApi::CreatePrivate` or an application's own server hands it
/// out. Whoever has it may read the channel: keep it as a password.
struct ParsecTokens {
  /// Goes with each subscribe; short-lived (minutes). Only looked at by the server when a subscription begins.
  std::string access;
  /// Exchanged for a new access token, and on most servers for a new refresh token too: then the old one is spent, and
  /// sending it again revokes all that came of it. Empty: nothing can be refreshed.
  std::string refresh;
  /// Unix seconds.
  std::int64_t access_expires = 0;
  std::int64_t refresh_expires = 0;

  friend bool operator==(const ParsecTokens&, const ParsecTokens&) = default;
};

/// Where the tokens of private channels live. One store must serve one client at a time: two that exchange the same
/// refresh token make the server revoke it.
///
/// Called on a thread of the transport's own, one call at a time; may block. What a call throws is reported as the
/// reason why the subscription waits, and it is tried again.
class ParsecTokenStore {
 public:
  virtual ~ParsecTokenStore() = default;
  /// Nothing: this channel has none, and is subscribed to without.
  virtual std::optional<ParsecTokens> Load(const std::string& channel) = 0;
  /// Must have made them durable when it returns: only then the new tokens are used, and the old ones are of no use any
  /// more.
  virtual void Save(const std::string& channel, const ParsecTokens& tokens) = 0;
};

/// Tokens that go with the process. Thread-safe; `Save` is also how an application puts the first ones in.
std::shared_ptr<ParsecTokenStore> ParsecTokenMemory();

/// Tokens in one JSON file (mode 0600), replaced as a whole: written beside it, synced, renamed, directory synced. Held
/// by a lock on `<path>.lock` while it lives. Thread-safe. Throws `Error(kStateLocked)` if another process or store
/// holds it, `Error(kStateCorrupt)` for a file that it did not write, `Error(kStateNotWritable)` if a save failed and
/// changed nothing, `std::system_error` if it cannot be read.
std::shared_ptr<ParsecTokenStore> ParsecTokenFile(const std::string& path, std::shared_ptr<FileIo> io = SystemFileIo());

struct ParsecOptions {
  /// `http://` or `https://`, host and port, and whatever path is in front of Parsec's own: `http://127.0.0.1:8000`.
  std::string url;
  /// Where the tokens of private channels are. Null: only public channels can be subscribed to.
  std::shared_ptr<ParsecTokenStore> tokens = nullptr;
  /// Needed for publishing and for all calls of `ParsecApi` but `Manifest` and `RefreshToken`, unless the server runs
  /// without authentication.
  std::string management_token = {};
  /// Fetches a management token: before the first call if `management_token` is empty, and once more for a call that
  /// the server refuses as unauthorized. May block and throw; called on a thread of the transport's own.
  std::function<std::string()> get_management_token = {};
  /// Opens each public channel before it is subscribed to, and when a publish finds it unknown or closed, with this
  /// time of inactivity until the server closes it again (0: the server's own, 30 minutes). Channels do not outlive the
  /// server's process, so without this somebody else must open them again after each restart.
  std::optional<std::chrono::seconds> open_public = std::nullopt;
  /// For each HTTP request, and for how long a publish waits for those of its channel before it: publishes of one
  /// channel go out one after another. Together they must stay below `ClientOptions::answer_timeout`.
  std::chrono::milliseconds request_timeout{4'000};
  /// The server gives one answer, a temporary error 100, to whatever it has against a subscription. After so many of
  /// them in a row on one connection it counts as refused for good, at least 1.
  std::uint32_t max_subscribe_refusals = 5;
  /// Extra headers of all HTTP requests and of the WebSocket upgrade.
  std::map<std::string, std::string> headers = {};
  /// Application name and version as the server's logs show them.
  std::string name = "gapless";
  std::string version = {};
  /// From the start of an attempt to the server's connect reply.
  std::chrono::milliseconds connect_timeout{10'000};
  /// How much later than announced a server ping may come before the connection counts as dead.
  std::chrono::milliseconds max_ping_delay{10'000};
  /// For the WebSocket and for all requests.
  WebSocketEngineKind engine = WebSocketEngineKind::kCpprest;
  /// For `https://` only: the same server, and the same client, over both wires.
  TlsOptions tls = {};
};

/// A Parsec server: receiving over its WebSocket, publishing over its RPC. It has no history and no presence that a
/// client may ask for; what was missed while away comes by recovery (the last 100 messages of a channel, 5 minutes).
///
/// An envelope that the server refuses for good carries Parsec's code in its error's text, with the HTTP status as
/// `Error::server_code`. Throws `Error(kInvalidArgument)` for options that cannot work, files of `tls` that cannot be
/// used among them.
///
/// Not tried against a Parsec yet, which could not be had: it follows Parsec's protocol, and is tested against a server
/// that does so on the same broker and RPC libraries.
std::shared_ptr<Transport> Parsec(ParsecOptions options);

/// A channel as the server knows it.
struct ParsecChannel {
  std::string name;
  /// "open", "closed" or "deleted".
  std::string state;
  std::chrono::seconds ttl{0};
  /// RFC 3339.
  std::string created_at;
  std::string last_active;
};

/// A rule of who may do what: `pattern` such as `private:app.*.x` with `*` for one segment and a trailing `**` for one
/// or more; verbs are subscribe, publish and manage. A rule that denies wins.
struct ParsecScope {
  std::string pattern;
  std::vector<std::string> verbs;
  bool deny = false;
};

/// What a server says of itself. Fields that it does not have are empty.
struct ParsecManifest {
  /// "1.0"; only the part before the dot tells whether this can be read.
  std::string format_version;
  std::string service;
  std::string version;
  /// "websocket" and others. "http_stream" is advertised by some servers but cannot be used.
  std::vector<std::string> transports;
  /// Such as "in-memory" or "redis".
  std::string persistence;
  /// The payload as it came: one JSON object.
  std::string payload;
};

/// The calls that a Parsec server takes besides publishing. Each waits for its answer, for `request_timeout` at most;
/// thread-safe. They throw what `Parsec` reports for publishes: `Error(kUnauthorized)`, `kPermissionDenied`,
/// `kServerRefused` with Parsec's code in the text and the HTTP status as `server_code()`, `kNotSupported` where there
/// is no such call, `kProtocol` where the answer is not Parsec's, and `kConnectFailed`, `kConnectionLost` or
/// `kTimeout`: after the last two the server may have done what was asked.
class ParsecApi {
 public:
  /// Uses url, both management tokens, request_timeout, headers, engine and tls of the options. Throws
  /// `Error(kInvalidArgument)`.
  explicit ParsecApi(const ParsecOptions& options);
  ~ParsecApi();
  ParsecApi(const ParsecApi&) = delete;
  ParsecApi& operator=(const ParsecApi&) = delete;

  ParsecManifest Manifest();
  /// Opens a public channel, or sets its time again; 0 is the server's own, 30 minutes. A name that was deleted stays
  /// unusable until the server restarts.
  ParsecChannel OpenPublic(const std::string& channel, std::chrono::seconds ttl = {});
  /// Creates a private channel (at most an hour; 0 is the server's own, 15 minutes) and its first tokens, which belong
  /// into a `ParsecTokenStore`. `subject` is the user in whose name they are.
  ParsecTokens CreatePrivate(const std::string& channel, std::chrono::seconds ttl = {}, const std::string& subject = {},
                             const std::vector<ParsecScope>& scopes = {});
  std::vector<ParsecChannel> ListChannels();
  ParsecChannel GetChannel(const std::string& channel);
  /// Ends all subscriptions to it for good.
  void DeleteChannel(const std::string& channel);
  /// Publishes bytes as they are. Most want `Client::Publish`, which numbers, resends and reports.
  Position Publish(const std::string& channel, const std::string& data);
  /// Exchanges tokens for new ones. The transport does that by itself: only for those who hold tokens of their own. The
  /// old refresh token is spent once this was called, unless it threw `kConnectFailed` or a refusal.
  ParsecTokens RefreshToken(const ParsecTokens& tokens);
  /// A new management token, in the name of `subject`; the server keeps its life between an hour and seven days.
  std::string IssueManagementToken(const std::string& subject, std::chrono::seconds ttl = {});

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace gapless

#endif  // GAPLESS_PARSEC_H_
