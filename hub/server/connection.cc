#include "hub/server/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "gapless/runtime.h"
#include "hub/server/session.h"
#include "hub/server/upgrade.h"
#include "hub/server/write_queue.h"

namespace gapless::hub {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

/// How long a close may take, what still waits to be written included.
constexpr std::chrono::seconds kCloseTimeout{5};
constexpr std::uint32_t kMaxHeaderBytes = 8 * 1024;
constexpr std::uint16_t kMessageTooBig = 1009;
constexpr std::size_t kDrainBytes = 4 * 1024;

TimePoint Now() { return std::chrono::steady_clock::now(); }

//   upgrading ──▶ open ──▶ closing (writes what waits) ──▶ close handshake ──▶ ended
//       └───────────┴─────────────┴────── any error, Cut, time-out ───────────▶ ended
class BeastConnection : public Connection, public std::enable_shared_from_this<BeastConnection> {
 public:
  BeastConnection(tcp::socket socket, const ConnectionContext& context, std::uint64_t random)
      : context_(context),
        random_(random),
        started_at_(Now()),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()) {
    parser_.header_limit(kMaxHeaderBytes);
  }

  void Start() {
    ErrorCode ignored;  // Without it small frames are only slower.
    socket_.set_option(tcp::no_delay(true), ignored);
    ArmTimer(started_at_ + context_.options.connect_timeout);
    http::async_read(socket_, buffer_, parser_, [self = shared_from_this()](ErrorCode error, std::size_t) {
      if (!self->ended_) self->OnRequest(error);
    });
  }

  bool open() const override { return session_ && !session_->closing(); }

  void Close(CloseReason reason) override {
    if (ended_) return;
    if (!session_) return Cut();
    session_->Close(std::move(reason));
    Continue();
  }

  void Cut() override {
    if (ended_) return;
    ErrorCode ignored;  // A socket that is broken already is as good as cut.
    Socket().set_option(asio::socket_base::linger(true, 0), ignored);
    End();
  }

  bool EndSubscription(const std::string& channel, std::uint32_t code, std::string_view reason) override {
    if (!open()) return false;
    const bool ended = session_->EndSubscription(channel, code, reason);
    Continue();
    return ended;
  }

 private:
  tcp::socket& Socket() { return stream_ ? stream_->next_layer() : socket_; }

  void OnRequest(ErrorCode error) {
    const bool not_http = error && error.category() == http::make_error_code(http::error::bad_method).category();
    if (error && !not_http) return End();
    const Upgrade upgrade = not_http ? Upgrade{.status = 400, .problem = "not a request to upgrade", .subprotocol = {}}
                                     : JudgeUpgrade(ToUpgradeRequest());
    if (upgrade.status != kSwitchingProtocols) return Refuse(upgrade);
    stream_.emplace(std::move(socket_));
    stream_->auto_fragment(false);
    stream_->text(true);
    stream_->read_message_max(0);  // Read() counts, so that a close can tell the client.
    if (!upgrade.subprotocol.empty()) {
      stream_->set_option(websocket::stream_base::decorator(
          [name = upgrade.subprotocol](auto& response) { response.set(http::field::sec_websocket_protocol, name); }));
    }
    buffer_.clear();
    stream_->async_accept(parser_.get(), [self = shared_from_this()](ErrorCode accept_error) {
      if (self->ended_) return;
      if (accept_error) return self->End();
      self->Open();
    });
  }

  UpgradeRequest ToUpgradeRequest() const {
    const auto& request = parser_.get();
    UpgradeRequest result{
        .target = std::string(request.target()), .is_upgrade = websocket::is_upgrade(request), .subprotocols = {}};
    for (const auto& name : http::token_list(request[http::field::sec_websocket_protocol])) {
      result.subprotocols.emplace_back(name);
    }
    return result;
  }

  void Refuse(const Upgrade& upgrade) {
    response_.emplace();
    response_->result(upgrade.status);
    response_->set(http::field::content_type, "text/plain");
    response_->set(http::field::connection, "close");
    response_->body() = upgrade.problem + "\n";
    response_->prepare_payload();
    http::async_write(socket_, *response_, [self = shared_from_this()](ErrorCode error, std::size_t) {
      if (self->ended_) return;
      if (error) return self->End();
      ErrorCode ignored;  // The next read tells as much.
      self->socket_.shutdown(tcp::socket::shutdown_send, ignored);
      self->buffer_.clear();
      self->Drain();
    });
  }

  // Closing with something unread would reset the connection, and the answer might be lost on the way.
  void Drain() {
    socket_.async_read_some(buffer_.prepare(kDrainBytes), [self = shared_from_this()](ErrorCode error, std::size_t) {
      if (self->ended_) return;
      if (error) return self->End();
      self->Drain();
    });
  }

  void Open() {
    auto wake = [weak = weak_from_this(), executor = Socket().get_executor()] {
      asio::post(executor, [weak] {
        if (const auto self = weak.lock()) self->OnWake();
      });
    };
    mailbox_ = std::make_shared<Mailbox>(context_.encoder, context_.options.max_queue_bytes, std::move(wake));
    session_.emplace(context_.options, context_.core, mailbox_, started_at_, random_);
    Continue();
    Read();
  }

  void Read() {
    const std::size_t room = context_.options.max_message_bytes - buffer_.size() + 1;
    stream_->async_read_some(buffer_, room, [self = shared_from_this()](ErrorCode error, std::size_t) {
      if (self->ended_) return;
      if (!error) return self->OnRead();
      // A close under way ends by itself.
      if (!self->close_begun_) self->End();
    });
  }

  void OnRead() {
    if (buffer_.size() > context_.options.max_message_bytes) {
      session_->Close({kMessageTooBig, ""});
    } else if (stream_->is_message_done()) {
      const auto bytes = buffer_.data();
      Guarded([&] { session_->OnFrame({static_cast<const char*>(bytes.data()), bytes.size()}, Now()); });
      buffer_.clear();
    }
    Continue();
    if (!ended_ && !session_->closing()) Read();
  }

  void OnWake() {
    if (ended_ || (writing_ && !mailbox_->overflowed())) return;
    Guarded([&] { session_->OnMailbox(); });
    Continue();
  }

  void OnTimer() {
    if (!session_ || session_->closing()) return Cut();
    Guarded([&] { session_->OnTimer(Now()); });
    Continue();
  }

  // Does whatever the session wants by now.
  void Continue() {
    if (ended_) return;
    if (!writing_) TakeOver();
    Schedule();
    if (writing_) return;
    if (!queue_.empty()) return Write();
    if (session_->closing() && !std::exchange(close_begun_, true)) BeginClose();
  }

  void TakeOver() {
    Guarded([&] {
      session_->OnMailbox();
      for (Chunk& chunk : session_->TakeOutput()) queue_.Add(std::move(chunk));
      session_->SetBacklog(queue_.bytes());
    });
  }

  void Schedule() {
    if (session_->closing()) {
      if (!std::exchange(close_timed_, true)) ArmTimer(Now() + kCloseTimeout);
      return;
    }
    // A timer that is too early may fire: it looks again, and most deadlines only ever move away.
    const std::optional<TimePoint> deadline = session_->NextDeadline();
    if (deadline && (!timer_at_ || *deadline < *timer_at_)) ArmTimer(*deadline);
  }

  void BeginClose() {
    const CloseReason& reason = *session_->closing();
    stream_->async_close(websocket::close_reason(static_cast<websocket::close_code>(reason.code), reason.reason),
                         [self = shared_from_this()](ErrorCode) {
                           if (!self->ended_) self->End();
                         });
  }

  void Write() {
    writing_ = true;
    const std::string_view frame = queue_.BeginFrame();
    stream_->async_write(asio::buffer(frame.data(), frame.size()),
                         [self = shared_from_this()](ErrorCode error, std::size_t) {
                           if (self->ended_) return;
                           if (error) return self->End();
                           self->writing_ = false;
                           self->queue_.FrameDone();
                           self->Continue();
                         });
  }

  void ArmTimer(TimePoint when) {
    timer_at_ = when;
    timer_.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(when));
    timer_.async_wait([self = shared_from_this()](ErrorCode error) {
      // One that had fired before it was armed anew still arrives.
      if (error || self->ended_ || !self->timer_at_ || Now() < *self->timer_at_) return;
      self->timer_at_.reset();
      self->OnTimer();
    });
  }

  // Nothing that the session throws may reach the io context; what it throws is a lack of memory.
  template <class Act>
  void Guarded(Act act) {
    try {
      act();
    } catch (const std::exception&) {
      session_->Close(ReasonOf(Disconnect::kInternalError));
    }
  }

  void End() {
    ended_ = true;
    timer_.cancel();
    session_.reset();
    ErrorCode ignored;  // It is gone either way.
    Socket().close(ignored);
    context_.on_end(this);
  }

  const ConnectionContext& context_;
  const std::uint64_t random_;
  const TimePoint started_at_;
  /// Until the upgrade; then it is in `stream_`.
  tcp::socket socket_;
  std::optional<websocket::stream<tcp::socket>> stream_;
  asio::steady_timer timer_;
  std::optional<TimePoint> timer_at_;
  boost::beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  std::optional<http::response<http::string_body>> response_;

  std::shared_ptr<Mailbox> mailbox_;
  std::optional<Session> session_;
  WriteQueue queue_;
  bool writing_ = false;
  bool close_timed_ = false;
  bool close_begun_ = false;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<Connection> StartConnection(tcp::socket socket, const ConnectionContext& context,
                                            std::uint64_t random) {
  auto connection = std::make_shared<BeastConnection>(std::move(socket), context, random);
  connection->Start();
  return connection;
}

}  // namespace gapless::hub
