#include "transport/net/tls.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "gapless/error.h"
#include "transport/net/address.h"
#include "transport/net/websocket.h"

namespace gapless::net {
namespace {

/// What the callbacks of a context work with. The context owns it.
struct Judge {
  std::string server_name;
  bool has_own_certificate;
  std::shared_ptr<TlsFindings> findings;
};

void DeleteJudge(void*, void* judge, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Judge*>(judge); }

int JudgeIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, DeleteJudge);
  return index;
}

Judge* JudgeOf(const SSL* ssl) { return static_cast<Judge*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), JudgeIndex())); }

std::string TextOf(int verdict, const std::string& server_name) {
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the server's certificate is not for " + server_name;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the server's certificate, or one above it, has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the server's certificate, or one above it, is not valid yet";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return std::string("the server's certificate is from no authority that is trusted (") +
             X509_verify_cert_error_string(verdict) + "); TlsOptions::ca_file names one's own";
    default:
      return std::string("the server's certificate is not accepted: ") + X509_verify_cert_error_string(verdict);
  }
}

// Instead of any that an engine has set.
int KeepVerdict(int verdict, X509_STORE_CTX*) { return verdict; }

int VerifyServer(X509_STORE_CTX* chain, void*) {
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const Judge* judge = JudgeOf(ssl);
  X509_STORE_CTX_set_verify_cb(chain, KeepVerdict);
  X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(chain);
  const std::string& name = judge->server_name;
  const int told = IsAddress(name) ? X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str())
                                   : X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size());
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (told == 1 && X509_verify_cert(chain) == 1) return 1;
  judge->findings->Note(TextOf(X509_STORE_CTX_get_error(chain), name));
  return 0;
}

// Before the first byte, whatever server name an engine has set by then.
void AskForServerName(const SSL* ssl) {
  const std::string& name = JudgeOf(ssl)->server_name;
  // OpenSSL hands out its own object, and a callback is the one place that both engines leave to us.
  const char* asked_for = IsAddress(name) ? nullptr : name.c_str();
  SSL_set_tlsext_host_name(const_cast<SSL*>(ssl), asked_for);
}

void WatchHandshake(const SSL* ssl, int where, int alert) {
  constexpr int kFatal = 2;
  if (where == SSL_CB_HANDSHAKE_START && SSL_get_state(ssl) == TLS_ST_BEFORE) AskForServerName(ssl);
  if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT || alert >> 8 != kFatal) return;
  const Judge* judge = JudgeOf(ssl);
  const std::string said = std::string("the server ended the TLS handshake: ") + SSL_alert_desc_string_long(alert);
  const bool wants_certificate = (alert & 0xFF) == SSL_AD_CERTIFICATE_REQUIRED ||
                                 (alert & 0xFF) == SSL_AD_HANDSHAKE_FAILURE || (alert & 0xFF) == SSL_AD_BAD_CERTIFICATE;
  const bool may_miss_ours = wants_certificate && !judge->has_own_certificate;
  judge->findings->Note(said + (may_miss_ours ? "; TlsOptions::certificate_file may be what it wants" : ""));
}

// OpenSSL would ask at the terminal.
int HaveNoPassword(char*, int, int, void*) { return -1; }

[[noreturn]] void Refuse(const std::string& option, const std::string& file, const std::string& why) {
  throw Error(Errc::kInvalidArgument, "TlsOptions::" + option + " " + file + " " + why);
}

void RequireReadable(const std::string& option, const std::string& file) {
  std::FILE* opened = std::fopen(file.c_str(), "rb");
  const int error = errno;
  if (opened == nullptr) Refuse(option, file, std::string("cannot be read: ") + std::strerror(error));
  // A directory opens, too.
  const bool readable = std::fgetc(opened) != EOF;
  std::fclose(opened);
  if (!readable) Refuse(option, file, "is empty or not a file");
}

std::string OpenSslError() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "unknown reason" : reason;
}

// A stray NUL would end the name for OpenSSL, and only there.
std::string CheckedServerName(const TlsOptions& options, const std::string& host) {
  if (options.server_name.empty()) return host;
  if (options.server_name.find_first_of(std::string("\0 /:", 4)) != std::string::npos &&
      !IsAddress(options.server_name))
    throw Error(Errc::kInvalidArgument, "TlsOptions::server_name must be the name of a host, without scheme and port");
  return options.server_name;
}

SSL_CTX* NewContext() {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) throw std::bad_alloc();
  return context;
}

void ReadAuthorities(SSL_CTX* into, const std::string& file) {
  RequireReadable("ca_file", file);
  if (SSL_CTX_load_verify_locations(into, file.c_str(), nullptr) != 1) {
    Refuse("ca_file", file, "holds no certificate in PEM form: " + OpenSslError());
  }
}

void ReadCertificate(SSL_CTX* into, const std::string& certificate_file, const std::string& key_file) {
  RequireReadable("certificate_file", certificate_file);
  RequireReadable("key_file", key_file);
  SSL_CTX_set_default_passwd_cb(into, HaveNoPassword);
  if (SSL_CTX_use_certificate_chain_file(into, certificate_file.c_str()) != 1) {
    Refuse("certificate_file", certificate_file, "holds no certificate in PEM form: " + OpenSslError());
  }
  if (SSL_CTX_use_PrivateKey_file(into, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    const unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) == ERR_LIB_X509 && ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH) {
      ERR_clear_error();
      Refuse("key_file", key_file, "holds another key than that of the certificate in " + certificate_file);
    }
    Refuse("key_file", key_file, "holds no private key in PEM form, or an encrypted one: " + OpenSslError());
  }
}

}  // namespace

void TlsFindings::Note(std::string why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (why_.empty()) why_ = std::move(why);
}

std::string TlsFindings::Or(std::string otherwise) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return why_.empty() ? std::move(otherwise) : why_;
}

TlsSetup::TlsSetup(const TlsOptions& options, const std::string& host)
    : server_name_(CheckedServerName(options, host)), own_authorities_(!options.ca_file.empty()), read_(NewContext()) {
  ERR_clear_error();
  if (own_authorities_) ReadAuthorities(read_.get(), options.ca_file);
  if (options.certificate_file.empty() != options.key_file.empty()) {
    throw Error(Errc::kInvalidArgument, "TlsOptions::certificate_file and key_file belong together; one is missing");
  }
  if (!options.certificate_file.empty()) ReadCertificate(read_.get(), options.certificate_file, options.key_file);
}

void CheckTlsOptions(const TlsOptions& options) { const TlsSetup checked(options, ""); }

void TlsSetup::ApplyTo(SSL_CTX* context, std::shared_ptr<TlsFindings> findings) const {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  bool applied = true;
  if (own_authorities_) {
    X509_STORE* store = SSL_CTX_get_cert_store(read_.get());
    X509_STORE_up_ref(store);
    SSL_CTX_set_cert_store(context, store);
  } else {
    applied = SSL_CTX_set_default_verify_paths(context) == 1;
  }
  X509* certificate = SSL_CTX_get0_certificate(read_.get());
  if (certificate != nullptr) {
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get0_chain_certs(read_.get(), &chain);
    applied = applied && SSL_CTX_use_certificate(context, certificate) == 1 &&
              SSL_CTX_use_PrivateKey(context, SSL_CTX_get0_privatekey(read_.get())) == 1 &&
              SSL_CTX_set1_chain(context, chain) == 1;
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, VerifyServer, nullptr);
  SSL_CTX_set_info_callback(context, WatchHandshake);
  auto judge = std::make_unique<Judge>(Judge{server_name_, certificate != nullptr, std::move(findings)});
  applied = applied && SSL_CTX_set_ex_data(context, JudgeIndex(), judge.get()) == 1;
  if (!applied) throw Error(Errc::kConnectFailed, "OpenSSL did not take the TLS options: " + OpenSslError());
  judge.release();
}

}  // namespace gapless::net
