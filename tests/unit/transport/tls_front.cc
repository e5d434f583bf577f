#include "tests/unit/transport/tls_front.h"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <thread>
#include <utility>

namespace gapless::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Guests = std::vector<TlsFront::Guest>;

/// One client, and its connection to the server behind.
class Pair : public std::enable_shared_from_this<Pair> {
 public:
  Pair(tcp::socket client, asio::ssl::context& context, bool rude)
      : client_(std::move(client), context), backend_(client_.get_executor()), rude_(rude) {}

  template <typename Welcome>
  void Start(std::uint16_t backend_port, Welcome welcome) {
    client_.next_layer().set_option(tcp::no_delay(true));
    client_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this(), backend_port, welcome](ErrorCode error) {
                              if (error) return self->Close();
                              welcome(self->AsGuest());
                              self->Join(backend_port);
                            });
  }

  void Close() {
    ErrorCode ignored;  // It may be closed already.
    client_.lowest_layer().close(ignored);
    backend_.close(ignored);
  }

 private:
  TlsFront::Guest AsGuest() {
    SSL* ssl = client_.native_handle();
    TlsFront::Guest guest;
    if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) guest.asked_for = name;
    if (X509* certificate = SSL_get1_peer_certificate(ssl)) {
      std::array<char, 100> name{};
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
      guest.name = name.data();
      X509_free(certificate);
    }
    return guest;
  }

  void Join(std::uint16_t port) {
    backend_.async_connect({asio::ip::address_v4::loopback(), port}, [self = shared_from_this()](ErrorCode error) {
      if (error) return self->Close();
      self->backend_.set_option(tcp::no_delay(true));
      self->Forward(self->client_, self->backend_, self->up_);
      self->Forward(self->backend_, self->client_, self->down_);
    });
  }

  // With TLS's own farewell first, or without.
  void End() {
    if (rude_) return Close();
    client_.async_shutdown([self = shared_from_this()](ErrorCode) { self->Close(); });
  }

  using Bytes = std::array<char, 16 * 1024>;

  template <typename From, typename To>
  void Forward(From& from, To& to, Bytes& bytes) {
    from.async_read_some(asio::buffer(bytes),
                         [self = shared_from_this(), &from, &to, &bytes](ErrorCode error, std::size_t count) {
                           if (error) return self->End();
                           asio::async_write(to, asio::buffer(bytes.data(), count),
                                             [self, &from, &to, &bytes](ErrorCode failed, std::size_t) {
                                               if (failed) return self->Close();
                                               self->Forward(from, to, bytes);
                                             });
                         });
  }

  asio::ssl::stream<tcp::socket> client_;
  tcp::socket backend_;
  const bool rude_;
  Bytes up_;
  Bytes down_;
};

}  // namespace

struct TlsFront::Impl {
  asio::io_context context;
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::uint16_t backend_port = 0;
  bool rude = false;
  std::vector<std::weak_ptr<Pair>> pairs;
  mutable std::mutex mutex;
  Guests guests;
  std::thread thread;

  void Accept() {
    acceptor.async_accept([this](ErrorCode error, tcp::socket socket) {
      if (error) return;
      const auto pair = std::make_shared<Pair>(std::move(socket), tls, rude);
      pairs.push_back(pair);
      pair->Start(backend_port, [this](Guest guest) {
        const std::lock_guard<std::mutex> lock(mutex);
        guests.push_back(std::move(guest));
      });
      Accept();
    });
  }
};

TlsFront::TlsFront(std::uint16_t backend_port, const Options& options) : impl_(std::make_unique<Impl>()) {
  impl_->backend_port = backend_port;
  impl_->rude = options.rude;
  impl_->tls.use_certificate_chain_file(options.own.certificate);
  impl_->tls.use_private_key_file(options.own.key, asio::ssl::context::pem);
  if (!options.client_authority.empty()) {
    impl_->tls.load_verify_file(options.client_authority);
    impl_->tls.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  if (options.tls_1_2_only) SSL_CTX_set_max_proto_version(impl_->tls.native_handle(), TLS1_2_VERSION);
  if (options.tls_1_1_only) {
    SSL_CTX_set_security_level(impl_->tls.native_handle(), 0);
    SSL_CTX_set_max_proto_version(impl_->tls.native_handle(), TLS1_1_VERSION);
  }
  impl_->Accept();
  impl_->thread = std::thread([impl = impl_.get()] { impl->context.run(); });
}

TlsFront::~TlsFront() {
  asio::post(impl_->context, [impl = impl_.get()] {
    impl->acceptor.close();
    for (const auto& watched : impl->pairs) {
      if (const auto pair = watched.lock()) pair->Close();
    }
  });
  impl_->thread.join();
}

std::uint16_t TlsFront::port() const { return impl_->acceptor.local_endpoint().port(); }

std::vector<TlsFront::Guest> TlsFront::guests() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->guests;
}

}  // namespace gapless::test
