#ifndef GAPLESS_TLS_H_
#define GAPLESS_TLS_H_

#include <string>

namespace gapless {

/// How a transport over TLS (`wss://`, `https://`) knows its server, and shows who it is itself. The server's
/// certificate is always verified, name included, and nothing below TLS 1.2 is spoken; there is no option that changes
/// that.
///
/// All files are PEM. They are read when the transport is made, which throws `Error(kInvalidArgument)` if they cannot
/// be used, and again for each connection, so that a renewed certificate needs no restart.
struct TlsOptions {
  /// The authorities whose certificates a server may have, instead of those that the system trusts: for a private CA,
  /// or for a certificate that signed itself. Empty: those of the system.
  std::string ca_file = {};
  /// The client's own certificate, followed by those between it and its authority, for servers that ask for one; and
  /// its private key, not encrypted, which may be in the same file. Both or neither.
  std::string certificate_file = {};
  std::string key_file = {};
  /// The name that the server's certificate must be for, also sent to the server (SNI), where it is not the host of
  /// the URL. Empty: the host of the URL.
  std::string server_name = {};

  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

}  // namespace gapless

#endif  // GAPLESS_TLS_H_
