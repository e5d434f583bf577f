#include "transport/centrifuge/settings.h"

#include <chrono>
#include <string>
#include <string_view>

#include "envelope/json_scanner.h"

namespace gapless::centrifuge {
namespace {

// The longest channel name that Centrifugo takes by default.
constexpr std::size_t kLongestChannel = 255;
constexpr std::chrono::hours kLongestTime{24};

void Require(bool holds, const std::string& message) {
  if (!holds) throw Error(Errc::kInvalidArgument, "WebSocketOptions::" + message);
}

void RequireTime(std::chrono::milliseconds time, const std::string& name) {
  Require(time.count() > 0 && time <= kLongestTime, name + " must be more than 0 and at most 24 hours");
}

bool IsOneJsonValue(std::string_view text) {
  try {
    internal::JsonScanner scanner(text);
    scanner.SkipSpace();
    scanner.SkipValue(0);
    scanner.SkipSpace();
    return scanner.AtEnd();
  } catch (const internal::JsonSyntaxError&) {
    return false;
  }
}

void RequireStepTime(std::chrono::milliseconds time, const std::string& name) {
  Require(time.count() >= 0 && time <= kLongestTime, "step_timeouts." + name + " must be 0 to 24 hours");
}

void CheckEngine(const WebSocketOptions& options) {
  const ConnectStepTimeouts& steps = options.step_timeouts;
  RequireStepTime(steps.resolve, "resolve");
  RequireStepTime(steps.connect, "connect");
  RequireStepTime(steps.tls, "tls");
  RequireStepTime(steps.upgrade, "upgrade");
  const bool is_beast = options.engine == WebSocketEngineKind::kBeast;
  Require(is_beast || options.engine == WebSocketEngineKind::kCpprest, "engine is none of WebSocketEngineKind");
  const bool has_steps = steps.resolve + steps.connect + steps.tls + steps.upgrade > std::chrono::milliseconds{0};
  Require(is_beast || !has_steps, "step_timeouts need the engine kBeast; that of cpprest has its own");
  Require(is_beast || !options.compression, "compression needs the engine kBeast; that of cpprest has none");
}

}  // namespace

Settings SettingsFrom(const WebSocketOptions& options) {
  for (const auto& [name, value] : options.headers) net::CheckUpgradeHeader(name, value);
  CheckEngine(options);
  net::CheckTlsOptions(options.tls);
  RequireTime(options.connect_timeout, "connect_timeout");
  RequireTime(options.max_ping_delay, "max_ping_delay");
  Require(options.connect_data.empty() || IsOneJsonValue(options.connect_data), "connect_data must be one JSON value");
  Require(options.max_receive_queue_bytes > 0, "max_receive_queue_bytes must be more than 0");

  const ConnectCommand connect{.token = options.token,
                               .name = options.name,
                               .version = options.version,
                               .data = options.connect_data,
                               .headers = options.connect_headers};
  std::string greeting;
  AppendConnect(greeting, 1, connect);
  const std::size_t overhead = kPublishOverheadBytes + kLongestChannel;
  Require(options.max_frame_bytes >= greeting.size() && options.max_frame_bytes > overhead,
          "max_frame_bytes is too small for the connect command or for any publish");

  return {.request = {.url = options.url, .headers = options.headers, .subprotocols = {}, .tls = options.tls},
          .connection = {.connect = connect,
                         .server = options.url.substr(0, options.url.find('?')),
                         .connect_timeout = options.connect_timeout,
                         .max_ping_delay = options.max_ping_delay,
                         .max_frame_bytes = options.max_frame_bytes,
                         .delta = options.delta},
          .token = options.token,
          .tokens = {.connection = options.get_token, .subscription = options.get_subscription_token},
          .max_message_bytes = options.max_frame_bytes - overhead,
          .max_receive_queue_bytes = options.max_receive_queue_bytes};
}

void CheckTlsFor(const std::string& url, const TlsOptions& tls, const std::string& whose) {
  if (url.starts_with("wss://") || url.starts_with("https://") || tls == TlsOptions{}) return;
  throw Error(Errc::kInvalidArgument, whose + "::tls is for wss:// and https:// only, and a URL begins otherwise");
}

std::shared_ptr<net::WebSocketEngine> WebSocketEngineFor(const WebSocketOptions& options) {
  if (options.engine == WebSocketEngineKind::kCpprest) return net::CpprestWebSocketEngine();
  return net::BeastWebSocketEngine({.resolve_timeout = options.step_timeouts.resolve,
                                    .connect_timeout = options.step_timeouts.connect,
                                    .tls_timeout = options.step_timeouts.tls,
                                    .upgrade_timeout = options.step_timeouts.upgrade,
                                    .compression = options.compression});
}

std::shared_ptr<net::HttpEngine> HttpEngineFor(WebSocketEngineKind kind, const ConnectStepTimeouts& steps) {
  if (kind == WebSocketEngineKind::kCpprest) return net::CpprestHttpEngine();
  return net::BeastHttpEngine(
      {.resolve_timeout = steps.resolve, .connect_timeout = steps.connect, .tls_timeout = steps.tls});
}

}  // namespace gapless::centrifuge
