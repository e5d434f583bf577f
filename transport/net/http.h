#ifndef GAPLESS_TRANSPORT_NET_HTTP_H_
#define GAPLESS_TRANSPORT_NET_HTTP_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "gapless/error.h"
#include "gapless/tls.h"
#include "transport/net/websocket.h"

namespace gapless::net {

/// One request. What is not checked by the functions below is refused by the engine, or sent as it is.
struct HttpRequest {
  /// Such as GET or POST, in capitals.
  std::string method = "GET";
  /// Has passed `CheckHttpUrl`.
  std::string url;
  /// Have passed `CheckHttpHeader`.
  std::map<std::string, std::string> headers = {};
  std::string body = {};
  /// For `https://`. The files are read for each connection.
  TlsOptions tls = {};
  /// From `Send` until the last byte of the answer, more than 0.
  std::chrono::milliseconds timeout{10'000};
  /// An answer with a longer body counts as none.
  std::size_t max_body_bytes = 1024 * 1024;
};

/// What the server answered, whatever the status: 404 and 503 are answers, and so is a redirect, which nobody follows.
struct HttpResponse {
  std::uint16_t status = 0;
  /// Names in lower case; several of one name are joined by commas.
  std::map<std::string, std::string> headers;
  std::string body;
};

/// The answer, or why there is none. The codes say what the server may have done:
///   kConnectFailed    nothing was sent
///   kConnectionLost   sent; the connection broke before the whole answer was there, or the answer is not HTTP
///   kTimeout          the same, and the time was up
///   kTooLarge         answered with more than `max_body_bytes`
///   kCancelled        the process is about to exit
using HttpOutcome = std::variant<HttpResponse, Error>;

/// Takes an answer while it arrives, on threads of the engine: its head, whose body is empty, then its body in parts.
/// One call at a time; while one has not returned, nothing more is taken from the socket. Must not throw.
class HttpParts {
 public:
  virtual ~HttpParts() = default;
  virtual void OnHead(const HttpResponse& head) = 0;
  virtual void OnPart(std::string_view bytes) = 0;
};

/// One request on its way. Thread-safe.
class HttpCall {
 public:
  /// Cancels.
  virtual ~HttpCall() = default;
  /// Gives up on the answer; the server may act on the request all the same. Nothing is reported any more, save a
  /// report under way.
  virtual void Cancel() = 0;
};

/// Sends requests, several at a time. Thread-safe; nothing waits. Each request is sent once at most, also one that goes
/// over a connection that served others before and turns out to be dead: what becomes of it a second time is for those
/// to decide who know what it means.
class HttpEngine {
 public:
  /// Told once, on any thread and perhaps before `Send` returns. Must not throw.
  using Done = std::function<void(HttpOutcome)>;

  virtual ~HttpEngine() = default;
  virtual std::unique_ptr<HttpCall> Send(HttpRequest request, Done done) = 0;
  /// For an answer that may never end: `parts` takes its body, of any length, and `timeout` is for its head. `done` is
  /// told after the last part, with an empty body, or why there is no more.
  virtual std::unique_ptr<HttpCall> Stream(HttpRequest request, std::weak_ptr<HttpParts> parts, Done done) = 0;
};

/// The engine on cpprestsdk. HTTP/1.1, with a connection for each request.
/// Its limits: the head of an answer, and the lines between the chunks of its body, are bounded by time only; a request
/// whose time was up while it connected counts as sent.
std::shared_ptr<HttpEngine> CpprestHttpEngine();

/// The engine on Boost.Beast. HTTP/1.1: one thread for all its requests, begun with the first. Connections of answers
/// that were taken as a whole serve further requests to the same server, one after another; they are closed after
/// `keep_time` without any, by the server's wish, and where anything is in doubt. The head of an answer may have 64
/// KiB. Over TLS, a body whose end is that of the connection must end with the farewell of TLS, or it has broken off.
/// Of the options it takes the limits for resolving, connecting and TLS, and `keep_time`. A listener that does not
/// return holds up the other requests of the engine, too.
std::shared_ptr<HttpEngine> BeastHttpEngine(const BeastOptions& options = {});

/// Throws `Error(kInvalidArgument)` unless it is `http://` or `https://` with a host, without user and fragment, and of
/// characters that a URL may hold.
void CheckHttpUrl(std::string_view url);

/// Throws `Error(kInvalidArgument)` for a header that would end its line, is not a header, or belongs to the request's
/// own frame (Host, Content-Length and the like).
void CheckHttpHeader(std::string_view name, std::string_view value);

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_HTTP_H_
