#ifndef GAPLESS_TRANSPORT_NET_ADDRESS_H_
#define GAPLESS_TRANSPORT_NET_ADDRESS_H_

#include <string>
#include <string_view>

namespace gapless::net {

/// The parts of a URL that an engine needs one by one.
struct UrlAddress {
  bool secure = false;
  /// A name or an address; that of IPv6 without its brackets.
  std::string host;
  std::string port;
  /// Host and port as a Host header has them: with brackets, without the scheme's own port.
  std::string authority;
  /// Path and query, at least "/".
  std::string target;
};

/// `url` has passed `CheckWebSocketUrl` or `CheckHttpUrl`.
UrlAddress AddressFrom(std::string_view url);

/// Scheme, host and port of a URL, as they stand there.
std::string OriginOf(const std::string& url);

/// Whether it is an IPv4 or IPv6 address, which nobody needs to look up and which no SNI may name.
bool IsAddress(const std::string& host);

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_ADDRESS_H_
