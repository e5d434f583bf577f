#ifndef GAPLESS_TESTS_UNIT_TRANSPORT_TLS_FRONT_H_
#define GAPLESS_TESTS_UNIT_TRANSPORT_TLS_FRONT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/transport/certificates.h"

namespace gapless::test {

/// Puts TLS in front of a server on loopback, as a proxy does that ends TLS for those behind it.
class TlsFront {
 public:
  struct Options {
    CertificateFiles own;
    /// The authority that clients must have a certificate of; empty, and they need none.
    std::string client_authority = {};
    bool tls_1_1_only = false;
    bool tls_1_2_only = false;
    /// Ends connections without saying so in TLS first.
    bool rude = false;
  };
  /// A client whose handshake succeeded.
  struct Guest {
    /// The server name that it asked for, and its certificate's common name; each empty if there was none.
    std::string asked_for;
    std::string name;
  };

  TlsFront(std::uint16_t backend_port, const Options& options);
  /// Cuts what is left.
  ~TlsFront();

  std::uint16_t port() const;
  std::string url(const std::string& host) const {
    return "wss://" + host + ":" + std::to_string(port()) + "/connection/websocket";
  }
  std::vector<Guest> guests() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_TRANSPORT_TLS_FRONT_H_
