// What the client's driver asks the server, and messages to and from it.

#include <algorithm>
#include <utility>

#include "client/client_core.h"
#include "client/current_exception.h"
#include "client/deadline.h"
#include "envelope/json_scanner.h"

namespace gapless::internal {
namespace {
// So that a server cannot fill the memory of a client whose handler is slow.
constexpr std::size_t kMaxMessagesWaiting = 1'000;

void RequireJson(const std::string& data) {
  try {
    JsonScanner scanner(data);
    scanner.SkipOnlyValue();
  } catch (const JsonSyntaxError& wrong) {
    throw Error(Errc::kPayloadNotJson,
                "the data is not one JSON value: byte " + std::to_string(wrong.offset) + ": " + wrong.reason);
  }
}

}  // namespace

QueryAnswer ClientCore::Ask(Query request, TimePoint deadline) {
  const auto slot = std::make_shared<AnswerSlot<QueryAnswer>>();
  std::uint64_t id = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_ || closed_) throw Error(Errc::kClosed, "the client is closed; call Connect to open it again");
    id = next_id_++;
    queries_.emplace(id, slot);
  }
  OnSession([this, id, request = std::move(request)](TimePoint now, Effects& out) {
    session_.AddQuery(id, request, now, out);
  });
  const auto answer = slot->WaitUntil(*runtime_, deadline);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    queries_.erase(id);
  }
  if (!answer) {
    OnSession([this, id](TimePoint, Effects&) { session_.CancelQuery(id); });
    throw Error(Errc::kTimeout, "the server did not answer within request_timeout");
  }
  if (const auto* error = std::get_if<Error>(&*answer)) throw *error;
  return *answer;
}

HistoryResult ClientCore::History(const std::string& channel, const HistoryQuery& query) {
  CheckChannel(channel);
  if (!traits_.history) {
    throw Error(Errc::kNotSupported, "the transport \"" + traits_.name + "\" has no history").WithChannel(channel);
  }
  constexpr std::size_t kPage = 300;
  const TimePoint deadline = DeadlineIn(*runtime_, options_.request_timeout);
  HistoryResult result;
  Position from;
  for (;;) {
    const QueryAnswer answer = Ask(HistoryRequest{channel, kPage, from, false}, deadline);
    const auto& page = std::get<HistoryReply>(answer);
    const std::uint64_t before = from.offset;
    for (const Publication& publication : page.publications) {
      from.offset = std::max(from.offset, publication.offset);
      try {
        Envelope envelope = DecodeEnvelope(publication.data);
        ValidateEnvelope(envelope);
        envelope.offset = publication.offset;
        if (envelope.sequence <= query.since && query.since != 0) continue;
        if (envelope.sequence > query.until && query.until != 0) continue;
        result.envelopes.push_back(std::move(envelope));
      } catch (const Error& error) {
        Error unreadable = error;
        result.errors.push_back(unreadable.WithChannel(channel).WithRaw(publication.data));
      }
    }
    from.epoch = page.top.epoch;
    result.up_to = {std::max(from.offset, page.top.offset), page.top.epoch};
    if (from.offset == before || from.offset >= page.top.offset) break;
  }
  if (query.limit != 0 && result.envelopes.size() > query.limit) {
    result.envelopes.erase(result.envelopes.begin(), result.envelopes.end() - static_cast<std::ptrdiff_t>(query.limit));
  }
  return result;
}

void ClientCore::CheckPresence(const std::string& channel) const {
  CheckChannel(channel);
  if (!traits_.presence) {
    throw Error(Errc::kNotSupported, "the transport \"" + traits_.name + "\" has no presence").WithChannel(channel);
  }
}

std::vector<gapless::Presence> ClientCore::Presence(const std::string& channel) {
  CheckPresence(channel);
  return std::get<PresenceReply>(Ask(PresenceRequest{channel}, DeadlineIn(*runtime_, options_.request_timeout)))
      .members;
}

PresenceStats ClientCore::PresenceStats(const std::string& channel) {
  CheckPresence(channel);
  const TimePoint deadline = DeadlineIn(*runtime_, options_.request_timeout);
  return std::get<PresenceStatsReply>(Ask(PresenceStatsRequest{channel}, deadline)).stats;
}

void ClientCore::CheckForServer(const std::string& data) const {
  if (!traits_.rpc) {
    throw Error(Errc::kNotSupported, "the transport \"" + traits_.name + "\" carries neither calls nor messages");
  }
  if (data.size() > traits_.max_message_bytes) {
    throw Error(Errc::kTooLarge, "the data has " + std::to_string(data.size()) + " bytes; the transport takes " +
                                     std::to_string(traits_.max_message_bytes));
  }
}

std::string ClientCore::Rpc(const std::string& method, const std::string& data) {
  if (!data.empty()) RequireJson(data);
  CheckForServer(data);
  return std::get<RpcReply>(Ask(RpcRequest{method, data}, DeadlineIn(*runtime_, options_.request_timeout))).data;
}

void ClientCore::Send(const std::string& data) {
  RequireJson(data);
  CheckForServer(data);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_ || closed_) throw Error(Errc::kClosed, "the client is closed; call Connect to open it again");
    if (state_ != ConnectionState::kConnected) {
      throw Error(Errc::kConnectionLost, "the client is not connected, and a message to the server is not kept");
    }
  }
  OnSession([this, data](TimePoint, Effects& out) { session_.SendMessage(data, out); });
}

void ClientCore::SetMessageHandler(std::function<void(const std::string&)> handler) {
  const std::lock_guard<std::mutex> lock(mutex_);
  message_handler_ = std::move(handler);
}

void ClientCore::DeliverMessage(std::string data) {
  bool handled = false;
  bool taken = false;
  bool first = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    handled = message_handler_ != nullptr;
    taken = handled && messages_waiting_ < kMaxMessagesWaiting;
    if (taken) ++messages_waiting_;
    first = !std::exchange(messages_dropped_, !taken);
  }
  if (taken) {
    dispatch_->Post([self = shared_from_this(), data = std::move(data)] { self->CallMessageHandler(data); });
    return;
  }
  // Each would be another thing to wait for the handlers that are slow already.
  if (!first) return;
  PostError(handled ? Error(Errc::kSlowConsumer, "messages of the server are dropped: too many wait for OnMessage")
                    : Error(Errc::kNotSupported, "messages of the server are dropped: OnMessage was not set"));
}

void ClientCore::CallMessageHandler(const std::string& data) {
  std::function<void(const std::string&)> handler;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --messages_waiting_;
    handler = message_handler_;
  }
  if (!handler) return;
  WatchHandlers();
  const HandlerWatch::Turn busy(handler_watch_, runtime_->Now());
  try {
    handler(data);
  } catch (...) {
    ++counters_.handler_errors;
    CallErrorHandler(Error(Errc::kHandlerThrew, "an OnMessage handler threw: " + CurrentExceptionText()).WithRaw(data));
  }
}

}  // namespace gapless::internal
