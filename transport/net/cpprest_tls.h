#ifndef GAPLESS_TRANSPORT_NET_CPPREST_TLS_H_
#define GAPLESS_TRANSPORT_NET_CPPREST_TLS_H_

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <utility>

#include "transport/net/address.h"
#include "transport/net/tls.h"

namespace gapless::net {

/// Has one of cpprest's clients, of whichever kind `config` is, verify the server of `url` as `tls` says; nothing where
/// the URL is not over TLS. Throws as `TlsSetup` does.
template <class Config>
void SetTls(Config& config, const std::string& url, const TlsOptions& tls, std::shared_ptr<TlsFindings> findings) {
  const UrlAddress address = AddressFrom(url);
  if (!address.secure) return;
  const auto setup = std::make_shared<const TlsSetup>(tls, address.host);
  config.set_ssl_context_callback([setup, findings = std::move(findings)](boost::asio::ssl::context& context) {
    setup->ApplyTo(context.native_handle(), findings);
  });
}

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_CPPREST_TLS_H_
