#ifndef GAPLESS_TRANSPORT_NET_BEAST_DIAL_H_
#define GAPLESS_TRANSPORT_NET_BEAST_DIAL_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gapless/tls.h"
#include "transport/net/address.h"
#include "transport/net/beast_stream.h"
#include "transport/net/io_deadline.h"
#include "transport/net/tls.h"
#include "transport/net/websocket.h"

namespace gapless::net {

/// How a connection of Beast's engines comes to be, before anybody speaks over it:
///
///   resolving ─▶ connecting, one address after another ─▶ securing, if the URL is over TLS ─▶ made
///       └───────────────┴─── an error, a deadline of a step ───┴─────────▶ failed
///
/// A member of whoever has the stream, which must be destroyed after it. On the io thread.
class BeastDial {
 public:
  /// Told once: nothing, or why there is no connection. Must not throw.
  using Done = std::function<void(const std::string& failure)>;

  /// `url` has passed its check. Reads the files of `tls`, if they are needed; throws `Error(kConnectFailed)` where
  /// that fails.
  BeastDial(boost::asio::io_context& context, const BeastOptions& options, const std::string& url,
            const TlsOptions& tls);

  /// Connects `stream`, which belongs to `owner` as this does: each operation keeps it alive.
  void Begin(std::weak_ptr<void> owner, ByteStream& stream, Done done);
  /// Nothing is told any more. The stream must be closed for the last operation to end.
  void GiveUp();

  const UrlAddress& address() const { return address_; }
  /// Of the handshake, and of what the server says about it later.
  const TlsFindings& findings() const { return *findings_; }

 private:
  template <typename Act>
  auto Handler(Act act);
  template <typename Act>
  void Guarded(const Act& act);
  void Arm(std::chrono::milliseconds limit, std::string step);
  void Resolve();
  void Connect();
  void Secure();
  void Fail(const std::string& step, boost::system::error_code error);
  void Tell(const std::string& failure);

  const BeastOptions options_;
  const UrlAddress address_;
  const std::optional<TlsSetup> tls_;
  const std::shared_ptr<TlsFindings> findings_ = std::make_shared<TlsFindings>();
  boost::asio::ip::tcp::resolver resolver_;
  IoDeadline deadline_;
  /// Outlives the stream.
  std::optional<boost::asio::ssl::context> tls_context_;
  std::weak_ptr<void> owner_;
  ByteStream* stream_ = nullptr;
  Done done_;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
  std::size_t next_endpoint_ = 0;
  bool connected_ = false;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_BEAST_DIAL_H_
