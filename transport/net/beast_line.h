#ifndef GAPLESS_TRANSPORT_NET_BEAST_LINE_H_
#define GAPLESS_TRANSPORT_NET_BEAST_LINE_H_

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gapless/tls.h"
#include "transport/net/beast_dial.h"
#include "transport/net/beast_stream.h"
#include "transport/net/io_deadline.h"
#include "transport/net/io_thread.h"

namespace gapless::net {

/// A connection for HTTP, which one request after another may use. On the io thread.
class BeastLine final : public std::enable_shared_from_this<BeastLine> {
 public:
  /// Throws as `BeastDial` does.
  BeastLine(boost::asio::io_context& context, const BeastOptions& options, const std::string& url,
            const TlsOptions& tls);

  void Connect(BeastDial::Done done) { dial_.Begin(weak_from_this(), stream_, std::move(done)); }
  ByteStream& stream() { return stream_; }
  const BeastDial& dial() const { return dial_; }
  /// Whether it leads to the same server, known in the same way.
  bool LeadsTo(const std::string& origin, const TlsOptions& tls) const { return origin == origin_ && tls == tls_; }

  /// Tells `useless`, at most once and until `Wake`, when the server closes it, says something unasked, or `patience`
  /// is over. `useless` must not throw.
  void Rest(std::chrono::milliseconds patience, std::function<void()> useless);
  /// Whether it can be used again, as far as that can be seen from this side.
  bool Wake();
  void Close();

 private:
  const std::string origin_;
  const TlsOptions tls_;
  /// Outlives the stream.
  BeastDial dial_;
  IoDeadline deadline_;
  std::function<void()> useless_;
  ByteStream stream_;
};

/// Connections that wait for another request. On the io thread.
class BeastLines final : public Wire, public std::enable_shared_from_this<BeastLines> {
 public:
  /// At most so many wait, the oldest must go.
  static constexpr std::size_t kMost = 8;

  /// Each waits for `patience`, more than 0.
  explicit BeastLines(std::chrono::milliseconds patience) : patience_(patience) {}

  /// Null if there is none that can be used.
  std::shared_ptr<BeastLine> Take(const std::string& origin, const TlsOptions& tls);
  void Keep(const std::shared_ptr<BeastLine>& line);
  /// None is kept any more.
  void Cut() override;

 private:
  void Drop(const BeastLine* line);

  const std::chrono::milliseconds patience_;
  std::vector<std::shared_ptr<BeastLine>> waiting_;
  bool cut_ = false;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_BEAST_LINE_H_
