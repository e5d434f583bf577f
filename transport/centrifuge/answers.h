#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_ANSWERS_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_ANSWERS_H_

#include <optional>
#include <string>

#include "gapless/transport.h"
#include "transport/centrifuge/messages.h"

namespace gapless::centrifuge {

// What a request is called, and what a server's reply means as the answer to it.

/// For messages, as in "publish".
const char* NameOf(const TransportRequest& request);
/// Empty where it is about no channel.
const std::string& ChannelOf(const TransportRequest& request);

SubscribeReply Accepted(const SubscribeRequest& request, SubscribeResult& result);
/// Nothing if the reply is not one to such a request.
std::optional<decltype(ReplyEvent::body)> ResultFor(const TransportRequest& request, Reply& reply);

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_ANSWERS_H_
