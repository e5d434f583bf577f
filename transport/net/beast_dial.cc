#include "transport/net/beast_dial.h"

#include <cstdint>
#include <exception>
#include <utility>

#include "gapless/error.h"

namespace gapless::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

/// The files as they are now. That they could be read once was seen when the transport was made.
std::optional<TlsSetup> ReadTls(const TlsOptions& tls, const UrlAddress& address) {
  if (!address.secure) return std::nullopt;
  try {
    return std::optional<TlsSetup>(std::in_place, tls, address.host);
  } catch (const Error& error) {
    throw Error(Errc::kConnectFailed, error.what());
  }
}

}  // namespace

BeastDial::BeastDial(asio::io_context& context, const BeastOptions& options, const std::string& url,
                     const TlsOptions& tls)
    : options_(options),
      address_(AddressFrom(url)),
      tls_(ReadTls(tls, address_)),
      resolver_(context),
      deadline_(context) {}

/// A completion handler that keeps the owner alive and comes only while somebody waits for the connection.
template <typename Act>
auto BeastDial::Handler(Act act) {
  return [this, owner = owner_.lock(), act = std::move(act)](const auto&... results) {
    if (done_) Guarded([&] { act(results...); });
  };
}

/// What is thrown in here, a lack of memory mostly, ends the attempt and nothing else.
template <typename Act>
void BeastDial::Guarded(const Act& act) {
  try {
    act();
  } catch (const std::exception& error) {
    Tell(error.what());
  }
}

void BeastDial::Begin(std::weak_ptr<void> owner, ByteStream& stream, Done done) {
  owner_ = std::move(owner);
  stream_ = &stream;
  done_ = std::move(done);
  Guarded([this] { Resolve(); });
}

void BeastDial::GiveUp() {
  done_ = nullptr;
  deadline_.Clear();
  resolver_.cancel();
}

void BeastDial::Resolve() {
  ErrorCode no_address;
  const auto address = asio::ip::make_address(address_.host, no_address);
  if (!no_address) {
    endpoints_.emplace_back(address, static_cast<std::uint16_t>(std::stoul(address_.port)));
    return Connect();
  }
  Arm(options_.resolve_timeout, "resolving " + address_.host);
  resolver_.async_resolve(address_.host, address_.port, tcp::resolver::numeric_service,
                          Handler([this](ErrorCode error, const tcp::resolver::results_type& results) {
                            if (error) return Fail("cannot resolve " + address_.host, error);
                            for (const auto& result : results) endpoints_.push_back(result.endpoint());
                            Connect();
                          }));
}

void BeastDial::Connect() {
  const tcp::endpoint endpoint = endpoints_[next_endpoint_++];
  const std::string step = "connecting to " + endpoint.address().to_string();
  Arm(options_.connect_timeout, step);
  stream_->socket().async_connect(endpoint, Handler([this, step](ErrorCode error) {
                                    if (!error) return Secure();
                                    if (next_endpoint_ == endpoints_.size()) return Fail(step, error);
                                    stream_->Close();
                                    Connect();
                                  }));
}

void BeastDial::Secure() {
  connected_ = true;
  ErrorCode ignored;  // Without it small messages are only slower.
  stream_->socket().set_option(tcp::no_delay(true), ignored);
  if (!tls_) return Tell({});
  Arm(options_.tls_timeout, "the TLS handshake");
  tls_context_.emplace(asio::ssl::context::tls_client);
  tls_->ApplyTo(tls_context_->native_handle(), findings_);
  stream_->Secure(*tls_context_).async_handshake(asio::ssl::stream_base::client, Handler([this](ErrorCode error) {
                                                   if (error) return Fail("TLS", error);
                                                   Tell({});
                                                 }));
}

void BeastDial::Arm(std::chrono::milliseconds limit, std::string step) {
  deadline_.Arm(limit, owner_.lock(), [this, limit, step = std::move(step)] {
    const bool other_address = next_endpoint_ < endpoints_.size() && !connected_;
    if (other_address) return stream_->Close();
    Tell(step + " took longer than " + std::to_string(limit.count()) + " ms");
  });
}

void BeastDial::Fail(const std::string& step, ErrorCode error) { Tell(findings_->Or(step + ": " + error.message())); }

void BeastDial::Tell(const std::string& failure) {
  deadline_.Clear();
  if (const Done done = std::exchange(done_, nullptr)) done(failure);
}

}  // namespace gapless::net
