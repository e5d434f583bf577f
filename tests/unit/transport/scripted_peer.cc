#include "tests/unit/transport/scripted_peer.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket.hpp>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace gapless::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;

class Conversation final : public PeerConnection {
 public:
  explicit Conversation(asio::io_context& context) : socket_(context), stream_(socket_) {}

  ~Conversation() override { CloseHandle(); }

  tcp::socket& socket() { return socket_; }
  /// Once the socket is connected.
  void Begin() { handle_ = ::dup(socket_.native_handle()); }

  // From another thread: whatever waits on the socket returns.
  void Cut() {
    const std::lock_guard<std::mutex> lock(mutex_);
    cut_ = true;
    changed_.notify_all();
    if (handle_ >= 0) ::shutdown(handle_, SHUT_RDWR);
  }

  std::string ReadRequest() override {
    std::string request;
    asio::read_until(socket_, asio::dynamic_buffer(request), "\r\n\r\n");
    return request;
  }

  std::string ReadRequestWithBody() override {
    constexpr std::string_view kLength = "Content-Length:";
    std::string request = ReadRequest();
    const std::size_t at = request.find(kLength);
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(request.substr(at + kLength.size()));
    const std::size_t whole = request.find("\r\n\r\n") + 4 + length;
    if (request.size() < whole) {
      asio::read(socket_, asio::dynamic_buffer(request), asio::transfer_exactly(whole - request.size()));
    }
    return request;
  }

  void Accept() override {
    stream_.set_option(
        websocket::stream_base::timeout{std::chrono::seconds(30), websocket::stream_base::none(), false});
    stream_.read_message_max(0);
    websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    stream_.set_option(deflate);
    stream_.accept();
    accepted_ = true;
  }

  std::optional<std::string> Receive() override {
    beast::flat_buffer buffer;
    boost::system::error_code error;
    stream_.read(buffer, error);
    if (error) return std::nullopt;
    return beast::buffers_to_string(buffer.data());
  }

  std::uint16_t close_code() const override { return stream_.reason().code; }

  void Send(std::string_view text) override {
    stream_.text(true);
    stream_.write(asio::buffer(text.data(), text.size()));
  }

  void SendBinary(std::string_view bytes) override {
    stream_.binary(true);
    stream_.write(asio::buffer(bytes.data(), bytes.size()));
  }

  void Close(std::uint16_t code, std::string_view reason) override {
    stream_.close(websocket::close_reason(static_cast<websocket::close_code>(code),
                                          beast::string_view(reason.data(), reason.size())));
  }

  void SendRaw(std::string_view bytes) override { asio::write(socket_, asio::buffer(bytes.data(), bytes.size())); }

  std::size_t SendUntilFull(std::size_t count) override {
    using namespace std::string_literals;
    // What the client reads goes on within this time, however busy the machine is; if not, a test that should fail
    // passes.
    constexpr int kFullMilliseconds = 500;
    const std::string message = "\x81\x7F\0\0\0\0\0\x10\0\0"s + std::string(1024 * 1024, 'x');
    for (std::size_t sent = 0; sent < count; ++sent) {
      for (std::size_t done = 0; done < message.size();) {
        pollfd room{socket_.native_handle(), POLLOUT, 0};
        if (::poll(&room, 1, kFullMilliseconds) == 0) return sent;
        const ssize_t taken =
            ::send(socket_.native_handle(), message.data() + done, message.size() - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken < 0 && errno != EAGAIN) return sent;
        if (taken > 0) done += static_cast<std::size_t>(taken);
      }
    }
    return count;
  }

  void Reset() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    socket_.set_option(asio::socket_base::linger(true, 0));
    CloseHandle();
    socket_.close();
  }

  void Drain() override {
    std::vector<char> bytes(64 * 1024);
    boost::system::error_code error;
    while (!error) {
      if (accepted_) {
        stream_.read_some(asio::buffer(bytes), error);
      } else {
        socket_.read_some(asio::buffer(bytes), error);
      }
    }
  }

  void Hold() override {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return cut_; });
  }

 private:
  void CloseHandle() {
    if (handle_ >= 0) ::close(handle_);
    handle_ = -1;
  }

  tcp::socket socket_;
  websocket::stream<tcp::socket&> stream_;
  /// The socket under a second name, which the stream cannot close while another thread uses it.
  int handle_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool cut_ = false;
  bool accepted_ = false;
};

}  // namespace

struct ScriptedPeer::Impl {
  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::vector<Script> scripts;
  std::mutex mutex;
  bool stopping = false;
  std::vector<std::shared_ptr<Conversation>> conversations;
  std::vector<std::thread> threads;
  std::thread accepting;

  void Accept() {
    for (;;) {
      auto conversation = std::make_shared<Conversation>(context);
      boost::system::error_code error;
      acceptor.accept(conversation->socket(), error);
      const std::lock_guard<std::mutex> lock(mutex);
      if (error || stopping) return;
      conversation->Begin();
      const Script& script = scripts[std::min(conversations.size(), scripts.size() - 1)];
      conversations.push_back(conversation);
      threads.emplace_back([conversation, &script] {
        try {
          script(*conversation);
        } catch (const std::exception&) {
          // The client or the end of the test cut it: what the script had to say, it has recorded.
          return;
        }
        conversation->Cut();
      });
    }
  }
};

ScriptedPeer::ScriptedPeer(std::vector<Script> scripts) : impl_(std::make_unique<Impl>()) {
  impl_->scripts = std::move(scripts);
  impl_->accepting = std::thread([impl = impl_.get()] { impl->Accept(); });
}

ScriptedPeer::~ScriptedPeer() {
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stopping = true;
  }
  ::shutdown(impl_->acceptor.native_handle(), SHUT_RDWR);
  impl_->accepting.join();
  for (const auto& conversation : impl_->conversations) conversation->Cut();
  for (std::thread& thread : impl_->threads) thread.join();
}

std::uint16_t ScriptedPeer::port() const { return impl_->acceptor.local_endpoint().port(); }

std::size_t ScriptedPeer::connection_count() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->conversations.size();
}

bool HasHeader(const std::string& request, const std::string& name, const std::string& value) {
  const std::string lines = request.substr(0, request.find("\r\n\r\n") + 2);
  return lines.find("\r\n" + name + ":" + value + "\r\n") != std::string::npos ||
         lines.find("\r\n" + name + ": " + value + "\r\n") != std::string::npos;
}

std::uint16_t UnusedPort() {
  asio::io_context context;
  const tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  return acceptor.local_endpoint().port();
}

}  // namespace gapless::test
