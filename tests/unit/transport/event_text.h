#ifndef GAPLESS_TESTS_UNIT_TRANSPORT_EVENT_TEXT_H_
#define GAPLESS_TESTS_UNIT_TRANSPORT_EVENT_TEXT_H_

#include <string>
#include <variant>

#include "gapless/transport.h"

namespace gapless::test {

/// What a transport reports, as one line each.
struct EventText {
  std::string operator()(const ConnectedEvent& event) const { return "connected " + event.client_id; }
  std::string operator()(const DisconnectedEvent& event) const {
    return "disconnected " + Text(event.error) + (event.reconnect ? " reconnect" : " stop");
  }
  std::string operator()(const ReplyEvent& event) const {
    return std::to_string(event.id) + " " + std::visit(*this, event.body);
  }
  std::string operator()(const PublicationEvent& event) const {
    return "pub " + event.channel + " " + Text(event.publication);
  }
  std::string operator()(const JoinEvent& event) const { return "join " + event.channel + " " + Text(event.member); }
  std::string operator()(const LeaveEvent& event) const { return "leave " + event.channel + " " + Text(event.member); }
  std::string operator()(const MessageEvent& event) const { return "message " + event.data; }
  std::string operator()(const ServerSubscribedEvent& event) const { return "offered " + event.channel; }
  std::string operator()(const SubscriptionEndedEvent& event) const {
    return "ended " + event.channel + " " + Text(event.error) + (event.resubscribe ? " again" : "");
  }
  std::string operator()(const WarningEvent& event) const { return "warning " + Text(event.error); }

  std::string operator()(const SubscribeReply& reply) const {
    std::string text = "subscribed " + Text(reply.position) + (reply.recoverable ? " recoverable" : "");
    if (reply.recovery == Recovery::kRecovered) text += " recovered";
    if (reply.recovery == Recovery::kNotRecovered) text += " not-recovered";
    for (const Publication& publication : reply.publications) text += " " + Text(publication);
    return text;
  }
  std::string operator()(const UnsubscribeReply&) const { return "unsubscribed"; }
  std::string operator()(const PublishReply& reply) const {
    return reply.position ? "published " + Text(*reply.position) : "published";
  }
  std::string operator()(const HistoryReply& reply) const {
    std::string text = "history " + Text(reply.top);
    for (const Publication& publication : reply.publications) text += " " + Text(publication);
    return text;
  }
  std::string operator()(const PresenceReply& reply) const {
    std::string text = "presence";
    for (const Presence& member : reply.members) text += " " + member.client_id + "/" + member.user_id;
    return text;
  }
  std::string operator()(const PresenceStatsReply& reply) const {
    return "stats " + std::to_string(reply.stats.clients) + "/" + std::to_string(reply.stats.users);
  }
  std::string operator()(const RpcReply& reply) const { return "answer " + reply.data; }
  std::string operator()(const ErrorReply& reply) const {
    return "refused " + Text(reply.error) + (reply.temporary ? " temporary" : "");
  }

 private:
  static std::string Text(const Error& error) {
    std::string text = std::to_string(static_cast<int>(error.errc()));
    if (error.server_code() != 0) text += "/" + std::to_string(error.server_code());
    return text;
  }
  static std::string Text(const Publication& publication) {
    return std::to_string(publication.offset) + ":" + publication.data;
  }
  static std::string Text(const Presence& member) {
    return member.client_id + "/" + member.user_id + (member.info.empty() ? "" : "/" + member.info);
  }
  static std::string Text(const Position& position) { return std::to_string(position.offset) + "@" + position.epoch; }
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_TRANSPORT_EVENT_TEXT_H_
