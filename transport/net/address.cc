#include "transport/net/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>

namespace gapless::net {
namespace {

constexpr std::string_view kScheme = "://";

}  // namespace

UrlAddress AddressFrom(std::string_view url) {
  UrlAddress address;
  const std::size_t scheme = url.find(kScheme);
  address.secure = url.starts_with("wss:") || url.starts_with("https:");
  const std::string_view rest = url.substr(scheme + kScheme.size());
  const std::size_t path_at = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view path = rest.substr(path_at);
  address.target = std::string(path.starts_with('/') ? "" : "/") + std::string(path);

  const std::string_view authority = rest.substr(0, path_at);
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = authority.substr(0, colon);
  const std::string own_port = address.secure ? "443" : "80";
  address.port = colon == std::string_view::npos ? own_port : std::string(authority.substr(colon + 1));
  address.host = bracket == std::string_view::npos ? host : host.substr(1, host.size() - 2);
  address.authority = std::string(host) + (address.port == own_port ? "" : ":" + address.port);
  return address;
}

std::string OriginOf(const std::string& url) {
  return url.substr(0, url.find_first_of("/?", url.find(kScheme) + kScheme.size()));
}

bool IsAddress(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace gapless::net
