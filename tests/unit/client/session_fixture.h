#ifndef GAPLESS_TESTS_UNIT_CLIENT_SESSION_FIXTURE_H_
#define GAPLESS_TESTS_UNIT_CLIENT_SESSION_FIXTURE_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "client/session.h"
#include "tests/unit/client/receiver_fixture.h"

namespace gapless::test {

using namespace std::chrono_literals;
using internal::Effect;
using internal::Effects;
using internal::Session;
using internal::SubscriptionId;
using std::chrono::milliseconds;

/// A session in conversation: each call is something that happens to it, and returns what it wants done, in order:
/// "state connecting; connect 1; subscribe a from 5e; to 1: p6, p7; publish a1; error 51".
///
/// A request is answered by naming it as it was sent.
struct SessionFixture {
  Session::Options options{{200ms, 20'000ms, 5'000ms}, 10'000ms, 512};
  TimePoint now{std::chrono::hours{1}};
  std::uint64_t random = 0;  // No jitter: delays are the minimum.
  std::optional<Session> session;
  /// The connection that the session asked for last.
  std::uint64_t connection = 0;
  std::map<std::string, std::uint64_t> sent;

  static std::string Name(const std::string& channel) { return "public:app." + channel; }
  static std::string Short(const std::string& channel) { return channel.substr(channel.find('.') + 1); }
  /// An envelope on channel `channel`, with an offset.
  static Publication On(const std::string& channel, std::int64_t sequence, std::uint64_t offset) {
    return {EncodeEnvelope(MakeEnvelope(sequence, "p", "data", Name(channel))), offset};
  }

  Session& Get() {
    if (!session) session.emplace(options);
    return *session;
  }
  template <typename Step>
  std::string Do(const Step& step) {
    Effects effects;
    step(Get(), effects);
    return Say(effects);
  }

  // ---- What users do. -------------------------------------------------------------------------------------
  std::string Connect() {
    return Do([&](Session& s, Effects& out) { s.Connect(now, out); });
  }
  std::string Close() {
    return Do([&](Session& s, Effects& out) { left = s.Close(out).lost; });
  }
  std::string Subscribe(SubscriptionId id, const std::string& channel, const ConsumerState& restored = {},
                        bool history = true, milliseconds patience = 60s, bool join_leave = false,
                        const std::optional<TagFilter>& filter = std::nullopt) {
    return Do([&](Session& s, Effects& out) {
      Receiver::Config config{Name(channel), false, 0, history};
      s.AddSubscription(id, Name(channel), std::make_unique<Receiver>(config, restored), {patience, join_leave, filter},
                        now, out);
    });
  }
  std::string Unsubscribe(SubscriptionId id) {
    return Do([&](Session& s, Effects& out) { s.RemoveSubscription(id, now, out); });
  }
  std::string Pause(SubscriptionId id, bool paused = true) {
    return Do([&](Session& s, Effects& out) { s.SetPaused(id, paused, now, out); });
  }
  std::string Publish(const std::string& channel, std::int64_t sequence, bool in_outbox = false,
                      bool recorded = false) {
    auto bytes = std::make_shared<const std::string>(channel + std::to_string(sequence));
    return Do([&](Session& s, Effects& out) {
      s.AddPublishes({{Name(channel), sequence, bytes, in_outbox, {}, nullptr, recorded}}, now, out);
    });
  }
  std::string AskHistory(std::uint64_t id, const std::string& channel) {
    return Do([&](Session& s, Effects& out) { s.AddQuery(id, HistoryRequest{Name(channel), 9, {}, false}, now, out); });
  }
  std::string AskPresence(std::uint64_t id, const std::string& channel) {
    return Do([&](Session& s, Effects& out) { s.AddQuery(id, PresenceRequest{Name(channel)}, now, out); });
  }

  std::string Ask(std::uint64_t id, internal::Query query) {
    return Do([&](Session& s, Effects& out) { s.AddQuery(id, std::move(query), now, out); });
  }
  std::string SendMessage(const std::string& data) {
    return Do([&](Session& s, Effects& out) { s.SendMessage(data, out); });
  }

  // ---- What the transport reports. ------------------------------------------------------------------------
  std::string Event(decltype(TransportEvent::body) body, std::uint64_t of_connection) {
    return Do([&](Session& s, Effects& out) { s.Take({of_connection, std::move(body)}, now, random, out); });
  }
  std::string Event(decltype(TransportEvent::body) body) { return Event(std::move(body), connection); }
  std::string Connected() { return Event(ConnectedEvent{"c"}); }
  std::string Lost(bool reconnect = true) {
    return Event(DisconnectedEvent{Error(Errc::kConnectionLost, "cut"), reconnect});
  }
  std::string Reply(const std::string& request, decltype(ReplyEvent::body) body) {
    return Event(ReplyEvent{sent.at(request), std::move(body)});
  }
  std::string Refuse(const std::string& request, bool temporary, Errc code = Errc::kServerRefused) {
    return Reply(request, ErrorReply{Error(code, "no"), temporary});
  }
  /// The server takes a subscription whose stream stands at `top`.
  std::string Accept(const std::string& request, std::uint64_t top = 0, const std::string& epoch = "e") {
    return Reply(request, SubscribeReply{true, {top, epoch}, Recovery::kNotAsked, {}});
  }
  std::string Recover(const std::string& request, const Position& from, std::vector<Publication> publications = {}) {
    return Reply(request, SubscribeReply{true, from, Recovery::kRecovered, std::move(publications)});
  }
  std::string Arrives(const std::string& channel, std::int64_t sequence, std::uint64_t offset) {
    return Event(PublicationEvent{Name(channel), On(channel, sequence, offset)});
  }
  std::string Ended(const std::string& channel, bool resubscribe) {
    return Event(SubscriptionEndedEvent{Name(channel), Error(Errc::kUnrecoverable, "insufficient state"), resubscribe});
  }

  // ---- What time does. ------------------------------------------------------------------------------------
  /// Lets time pass and ticks wherever the session asks for it.
  std::string Pass(Duration span) {
    const TimePoint end = now + span;
    std::string said;
    for (;;) {
      std::optional<TimePoint> next = Get().NextWork();
      if (const auto deadline = Get().NextDeadline(); deadline && (!next || *deadline < *next)) next = deadline;
      if (!next || *next > end) break;
      now = std::max(now, *next);
      const std::string now_said = Do([&](Session& s, Effects& out) { s.Tick(now, random, out); });
      if (!now_said.empty()) said += (said.empty() ? "" : "; ") + now_said;
    }
    now = end;
    return said;
  }
  /// How far away the next thing is that the session will do by itself; negative if there is none.
  milliseconds ToNextWork() {
    const auto next = Get().NextWork();
    return next ? std::chrono::duration_cast<milliseconds>(*next - now) : -1ms;
  }

  std::vector<internal::PendingPublish> left;

 private:
  std::string Describe(const TransportRequest& request) {
    std::string text;
    if (const auto* subscribe = std::get_if<SubscribeRequest>(&request.body)) {
      text = "subscribe " + Short(subscribe->channel);
      if (subscribe->join_leave) text += " with members";
      if (subscribe->filter) text += " where " + subscribe->filter->ToJson();
      if (subscribe->recover) text += " from " + std::to_string(subscribe->recover->offset) + subscribe->recover->epoch;
    } else if (const auto* unsubscribe = std::get_if<UnsubscribeRequest>(&request.body)) {
      text = "unsubscribe " + Short(unsubscribe->channel);
    } else if (const auto* publish = std::get_if<PublishRequest>(&request.body)) {
      text = "publish " + *publish->data;
    } else if (const auto* history = std::get_if<HistoryRequest>(&request.body)) {
      text = "history " + Short(history->channel);
      if (history->since) text += " since " + std::to_string(history->since->offset) + history->since->epoch;
    } else if (const auto* call = std::get_if<RpcRequest>(&request.body)) {
      text = "call " + call->method;
    } else if (const auto* message = std::get_if<SendRequest>(&request.body)) {
      text = "send " + message->data;
    } else if (const auto* stats = std::get_if<PresenceStatsRequest>(&request.body)) {
      text = "stats " + Short(stats->channel);
    } else {
      text = "presence " + Short(std::get<PresenceRequest>(request.body).channel);
    }
    sent[text] = request.id;
    return text;
  }

  static std::string Code(const Error& error) { return std::to_string(static_cast<int>(error.errc())); }

  std::string Describe(Effect& effect) {
    if (const auto* connect = std::get_if<internal::ConnectEffect>(&effect)) {
      connection = connect->connection;
      return "connect " + std::to_string(connection);
    }
    if (const auto* disconnect = std::get_if<internal::DisconnectEffect>(&effect)) {
      return "disconnect " + std::to_string(disconnect->connection);
    }
    if (const auto* send = std::get_if<internal::SendEffect>(&effect)) {
      std::string text = send->connection == connection ? "" : "on another connection: ";
      for (const TransportRequest& request : send->requests) text += (text.empty() ? "" : "; ") + Describe(request);
      return text;
    }
    if (const auto* deliver = std::get_if<internal::DeliverEffect>(&effect)) {
      if (deliver->output.deliveries.empty()) return {};
      return "to " + std::to_string(deliver->subscription) + ": " + Words(deliver->output);
    }
    if (const auto* done = std::get_if<internal::PublishDoneEffect>(&effect)) {
      const auto& outcome = done->outcome;
      return (outcome.refused ? "refused " : "done ") + *outcome.publish.bytes;
    }
    if (const auto* query = std::get_if<internal::QueryDoneEffect>(&effect)) {
      const std::string id = "answer " + std::to_string(query->query);
      if (std::holds_alternative<HistoryReply>(query->answer)) return id + " history";
      if (std::holds_alternative<PresenceReply>(query->answer)) return id + " presence";
      if (std::holds_alternative<PresenceStatsReply>(query->answer)) return id + " stats";
      if (const auto* answer = std::get_if<RpcReply>(&query->answer)) return id + " " + answer->data;
      return id + " error " + Code(std::get<Error>(query->answer));
    }
    if (const auto* state = std::get_if<internal::StateEffect>(&effect)) {
      static const char* const kNames[] = {"idle", "connecting", "connected", "failed", "closed"};
      return std::string("state ") + kNames[static_cast<int>(state->state)];
    }
    if (const auto* stale = std::get_if<internal::StaleEffect>(&effect)) {
      return "stale " + Short(stale->channel) + std::to_string(stale->server_last);
    }
    if (const auto* message = std::get_if<internal::MessageEffect>(&effect)) return "message " + message->data;
    return "error " + Code(std::get<internal::ErrorEffect>(effect).error);
  }

  std::string Say(Effects& effects) {
    std::string said;
    for (Effect& effect : effects) {
      const std::string text = Describe(effect);
      if (!text.empty()) said += (said.empty() ? "" : "; ") + text;
    }
    return said;
  }
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_CLIENT_SESSION_FIXTURE_H_
