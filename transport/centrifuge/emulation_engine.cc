#include "transport/centrifuge/emulation_engine.h"

#include <exception>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

namespace gapless::centrifuge {
namespace {

using net::WebSocketEnd;

constexpr std::uint16_t kMessageTooBig = 1009;
// As much as the engine for WebSockets takes.
constexpr std::size_t kMaxMessageBytes = 32'000'000;
constexpr std::size_t kMaxAnswerBytes = 64 * 1024;

net::HttpRequest Posting(const std::string& url, const net::WebSocketRequest& like, std::string body,
                         std::chrono::milliseconds timeout) {
  net::HttpRequest request{.method = "POST",
                           .url = url,
                           .headers = like.headers,
                           .body = std::move(body),
                           .tls = like.tls,
                           .timeout = timeout};
  request.headers.emplace("Content-Type", "application/json");
  request.max_body_bytes = kMaxAnswerBytes;
  return request;
}

/// Two locks: one for what this knows, which is never held while somebody else is called, and one that makes reports
/// come one at a time, which is not taken by the listener's own calls.
class Stream final : public net::HttpParts, public std::enable_shared_from_this<Stream> {
 public:
  Stream(std::shared_ptr<net::HttpEngine> http, std::shared_ptr<Strand> strand, EmulationOptions options,
         net::WebSocketRequest request, std::weak_ptr<net::WebSocketEvents> events)
      : http_(std::move(http)),
        strand_(std::move(strand)),
        options_(std::move(options)),
        request_(std::move(request)),
        events_(std::move(events)),
        reader_(options_.format, kMaxMessageBytes) {}

  void Open() {
    Report([](net::WebSocketEvents& events) { events.OnOpen(); });
  }
  void Send(std::string message);
  void HangUp();

  void OnHead(const net::HttpResponse& head) override;
  void OnPart(std::string_view bytes) override;

 private:
  void BeginStream(std::string message);
  void Post(const std::string& message);
  void OnStreamEnd(const net::HttpOutcome& outcome);
  void OnPosted(std::uint64_t post, const net::HttpOutcome& outcome);
  void EndWith(WebSocketEnd end);
  template <typename Say>
  void Report(const Say& say);

  const std::shared_ptr<net::HttpEngine> http_;
  /// Where outcomes are looked at: they may come while the listener is under its own lock.
  const std::shared_ptr<Strand> strand_;
  const EmulationOptions options_;
  const net::WebSocketRequest request_;
  const std::weak_ptr<net::WebSocketEvents> events_;

  std::mutex reporting_;
  // Under `reporting_`.
  bool ended_ = false;
  bool has_head_ = false;
  bool has_message_ = false;
  StreamReader reader_;

  std::mutex mutex_;
  bool hung_up_ = false;
  bool begun_ = false;
  StreamSession session_;
  std::unique_ptr<net::HttpCall> stream_call_;
  std::unique_ptr<net::HttpCall> post_call_;
  /// Requests with commands that were begun and answered; they differ by one at most.
  std::uint64_t posts_begun_ = 0;
  std::uint64_t posts_done_ = 0;
};

template <typename Say>
void Stream::Report(const Say& say) {
  const std::lock_guard<std::mutex> one_at_a_time(reporting_);
  if (ended_) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (hung_up_) return;
  }
  if (const auto events = events_.lock()) say(*events);
}

void Stream::Send(std::string message) {
  bool first = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (hung_up_) return;
    first = !std::exchange(begun_, true);
  }
  if (first) {
    BeginStream(std::move(message));
  } else {
    Post(message);
  }
}

void Stream::BeginStream(std::string message) {
  auto call = http_->Stream(Posting(request_.url, request_, std::move(message), options_.timeout), weak_from_this(),
                            [weak = weak_from_this(), strand = strand_](net::HttpOutcome outcome) {
                              strand->Post([weak, outcome = std::move(outcome)] {
                                if (const auto self = weak.lock()) self->OnStreamEnd(outcome);
                              });
                            });
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!hung_up_) stream_call_ = std::move(call);
}

void Stream::Post(const std::string& message) {
  StreamSession session;
  std::uint64_t post = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    session = session_;
    post = ++posts_begun_;
  }
  auto call = http_->Send(Posting(options_.emulation_url, request_, EmulationBody(session, message), options_.timeout),
                          [weak = weak_from_this(), strand = strand_, post](net::HttpOutcome outcome) {
                            strand->Post([weak, post, outcome = std::move(outcome)] {
                              if (const auto self = weak.lock()) self->OnPosted(post, outcome);
                            });
                          });
  const std::lock_guard<std::mutex> lock(mutex_);
  // It may have been answered by now, and the next be under way.
  if (!hung_up_ && post > posts_done_) post_call_.swap(call);
}

void Stream::HangUp() {
  std::unique_ptr<net::HttpCall> stream_call;
  std::unique_ptr<net::HttpCall> post_call;
  const std::lock_guard<std::mutex> lock(mutex_);
  hung_up_ = true;
  stream_call.swap(stream_call_);
  post_call.swap(post_call_);
}

void Stream::OnHead(const net::HttpResponse& head) {
  if (head.status == 200) {
    const std::lock_guard<std::mutex> one_at_a_time(reporting_);
    has_head_ = true;
    return;
  }
  EndWith({WebSocketEnd::Cause::kConnectFailed,
           0,
           {},
           "the server answered with HTTP status " + std::to_string(head.status) + " instead of a stream"});
}

void Stream::OnPart(std::string_view bytes) {
  bool first = false;
  bool overflowed = false;
  std::string messages;
  {
    const std::lock_guard<std::mutex> one_at_a_time(reporting_);
    if (ended_ || !has_head_) return;
    messages = reader_.Take(bytes);
    overflowed = reader_.overflowed();
    first = !messages.empty() && !std::exchange(has_message_, true);
  }
  if (first) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      session_ = SessionIn(messages);
    }
    Report([](net::WebSocketEvents& events) { events.OnSent(); });
  }
  if (!messages.empty()) {
    Report([&messages](net::WebSocketEvents& events) { events.OnMessage(std::move(messages)); });
  }
  if (overflowed) {
    EndWith({WebSocketEnd::Cause::kMessageTooLarge, 0, {}, "a message on the stream is too long"});
  }
}

void Stream::OnStreamEnd(const net::HttpOutcome& outcome) {
  const auto* failure = std::get_if<Error>(&outcome);
  bool open = false;
  {
    const std::lock_guard<std::mutex> one_at_a_time(reporting_);
    open = has_head_;
  }
  EndWith({open ? WebSocketEnd::Cause::kLost : WebSocketEnd::Cause::kConnectFailed,
           0,
           {},
           failure != nullptr ? failure->what() : "the stream ended"});
}

void Stream::OnPosted(std::uint64_t post, const net::HttpOutcome& outcome) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    posts_done_ = post;
  }
  if (const auto* failure = std::get_if<Error>(&outcome)) {
    return EndWith({WebSocketEnd::Cause::kLost, 0, {}, std::string("commands were not taken: ") + failure->what()});
  }
  const std::uint16_t status = std::get<net::HttpResponse>(outcome).status;
  if (status >= 200 && status < 300) {
    return Report([](net::WebSocketEvents& events) { events.OnSent(); });
  }
  if (status == 413) {
    return EndWith({WebSocketEnd::Cause::kClosedByPeer, kMessageTooBig, "the request with commands was too long", {}});
  }
  EndWith({WebSocketEnd::Cause::kLost, 0, {}, "commands were answered with HTTP status " + std::to_string(status)});
}

void Stream::EndWith(WebSocketEnd end) {
  Report([this, &end](net::WebSocketEvents& events) {
    ended_ = true;
    events.OnEnd(end);
  });
  HangUp();
}

class StreamConnection final : public net::WebSocketConnection {
 public:
  explicit StreamConnection(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
  ~StreamConnection() override { stream_->HangUp(); }
  void Send(std::string message) override { stream_->Send(std::move(message)); }
  // Neither has anything to say to the server: it notices.
  void HangUp(Farewell /*farewell*/) override { stream_->HangUp(); }

 private:
  const std::shared_ptr<Stream> stream_;
};

class Engine final : public net::WebSocketEngine {
 public:
  Engine(std::shared_ptr<net::HttpEngine> http, const std::shared_ptr<Runtime>& runtime, EmulationOptions options)
      : http_(std::move(http)),
        strand_(runtime->NewStrand("gapless-emulation", StrandKind::kSession)),
        options_(std::move(options)) {}

  std::unique_ptr<net::WebSocketConnection> Connect(const net::WebSocketRequest& request,
                                                    std::weak_ptr<net::WebSocketEvents> events) override {
    auto stream = std::make_shared<Stream>(http_, strand_, options_, request, std::move(events));
    strand_->Post([weak = std::weak_ptr<Stream>(stream)] {
      if (const auto opened = weak.lock()) opened->Open();
    });
    return std::make_unique<StreamConnection>(std::move(stream));
  }

 private:
  const std::shared_ptr<net::HttpEngine> http_;
  /// Its streams have it too: this may be destroyed inside a report, while the strand waits for its turn to report, and
  /// whoever waited for the strand there would wait for ever.
  const std::shared_ptr<Strand> strand_;
  const EmulationOptions options_;
};

}  // namespace

std::shared_ptr<net::WebSocketEngine> EmulationEngine(std::shared_ptr<net::HttpEngine> http,
                                                      std::shared_ptr<Runtime> runtime, EmulationOptions options) {
  return std::make_shared<Engine>(std::move(http), runtime, std::move(options));
}

}  // namespace gapless::centrifuge
