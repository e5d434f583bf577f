#ifndef GAPLESS_TRANSPORT_NET_TLS_H_
#define GAPLESS_TRANSPORT_NET_TLS_H_

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

#include "gapless/tls.h"

namespace gapless::net {

/// Why a handshake failed, where that is known better than by the error that the engine got. Thread-safe.
class TlsFindings {
 public:
  /// The first one stays.
  void Note(std::string why);
  /// What was found, or else `otherwise`.
  std::string Or(std::string otherwise) const;

 private:
  mutable std::mutex mutex_;
  std::string why_;
};

/// `TlsOptions` with their files read, for one server. Immutable, thread-safe.
class TlsSetup {
 public:
  /// Throws `Error(kInvalidArgument)` that names the option and the file.
  TlsSetup(const TlsOptions& options, const std::string& host);

  /// Sets up a client's context: trust, own certificate, verification of chain and name, the name to ask for (SNI,
  /// unless it is an address). Whatever an engine sets of these besides has no effect. What fails is told to
  /// `findings`.
  void ApplyTo(SSL_CTX* context, std::shared_ptr<TlsFindings> findings) const;

 private:
  struct ContextDeleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  const std::string server_name_;
  const bool own_authorities_;
  /// Nothing is spoken through it: it holds what was read.
  const std::unique_ptr<SSL_CTX, ContextDeleter> read_;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_TLS_H_
