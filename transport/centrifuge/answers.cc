#include "transport/centrifuge/answers.h"

#include <utility>

namespace gapless::centrifuge {
namespace {

using ReplyBody = decltype(ReplyEvent::body);

template <typename Result>
std::optional<ReplyBody> Exactly(Reply& reply) {
  auto* result = std::get_if<Result>(&reply.body);
  if (result == nullptr) return std::nullopt;
  return ReplyBody(std::move(*result));
}

}  // namespace

const char* NameOf(const TransportRequest& request) {
  constexpr const char* kNames[] = {
      "subscription", "unsubscribe", "publish", "history request", "presence request", "presence statistics request",
      "call",         "message"};
  return kNames[request.body.index()];
}

const std::string& ChannelOf(const TransportRequest& request) {
  static const std::string kNone;
  return std::visit(
      [](const auto& body) -> const std::string& {
        if constexpr (requires { body.channel; }) {
          return body.channel;
        } else {
          return kNone;
        }
      },
      request.body);
}

SubscribeReply Accepted(const SubscribeRequest& request, SubscribeResult& result) {
  SubscribeReply reply{result.recoverable, std::move(result.position), Recovery::kNotAsked,
                       std::move(result.publications), std::chrono::milliseconds{result.publish_debounce}};
  if (!request.recover) return reply;
  reply.recovery = result.recovered ? Recovery::kRecovered : Recovery::kNotRecovered;
  // The publications of a recovery count from the position that was asked from, whatever the server calls it.
  if (result.recovered) reply.position.offset = request.recover->offset;
  if (result.recovered && reply.position.epoch.empty()) reply.position.epoch = request.recover->epoch;
  return reply;
}

std::optional<ReplyBody> ResultFor(const TransportRequest& request, Reply& reply) {
  if (const auto* subscribe = std::get_if<SubscribeRequest>(&request.body)) {
    auto* result = std::get_if<SubscribeResult>(&reply.body);
    if (result == nullptr) return std::nullopt;
    return ReplyBody(Accepted(*subscribe, *result));
  }
  if (std::holds_alternative<UnsubscribeRequest>(request.body)) return Exactly<UnsubscribeReply>(reply);
  if (std::holds_alternative<PublishRequest>(request.body)) return Exactly<PublishReply>(reply);
  if (std::holds_alternative<HistoryRequest>(request.body)) return Exactly<HistoryReply>(reply);
  if (std::holds_alternative<PresenceRequest>(request.body)) return Exactly<PresenceReply>(reply);
  if (std::holds_alternative<PresenceStatsRequest>(request.body)) return Exactly<PresenceStatsReply>(reply);
  if (std::holds_alternative<RpcRequest>(request.body)) return Exactly<RpcReply>(reply);
  return std::nullopt;
}

}  // namespace gapless::centrifuge
