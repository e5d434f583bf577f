#ifndef GAPLESS_TRANSPORT_PARSEC_TRANSPORT_H_
#define GAPLESS_TRANSPORT_PARSEC_TRANSPORT_H_

#include <functional>
#include <memory>

#include "gapless/parsec.h"
#include "gapless/runtime.h"
#include "gapless/websocket.h"
#include "transport/net/http.h"

namespace gapless::parsec {

/// Makes the transport that receives.
using MakeReceiver = std::function<std::shared_ptr<Transport>(const WebSocketOptions&)>;

/// `Parsec`, with its wires and its time from elsewhere.
std::shared_ptr<Transport> MakeTransport(const ParsecOptions& options, const std::shared_ptr<net::HttpEngine>& http,
                                         const MakeReceiver& make_receiver, std::shared_ptr<Runtime> runtime);

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_TRANSPORT_H_
