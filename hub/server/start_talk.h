#ifndef GAPLESS_HUB_SERVER_START_TALK_H_
#define GAPLESS_HUB_SERVER_START_TALK_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "gapless/runtime.h"
#include "hub/server/connection.h"
#include "hub/server/emulation.h"

namespace gapless::hub {

/// A connection whose request has been read, for the talk that it becomes.
struct Handover {
  boost::asio::ip::tcp::socket socket;
  const ConnectionContext& context;
  std::uint64_t random;
  TimePoint started_at;
};

/// Answers the upgrade and talks over the WebSocket.
std::shared_ptr<Connection> StartWebSocketTalk(
    Handover handover, const boost::beast::http::request<boost::beast::http::string_body>& request,
    const std::string& subprotocol);

/// Answers with a response without end that carries what the client is told. `commands` came with the request; further
/// ones reach the session through `ConnectionContext::streams`.
std::shared_ptr<Connection> StartStreamTalk(Handover handover, StreamFormat format, const std::string& commands);

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_START_TALK_H_
