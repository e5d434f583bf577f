#include "tests/unit/transport/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace gapless::test {
namespace {

template <auto Free>
struct Deleter {
  template <typename Object>
  void operator()(Object* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using File = std::unique_ptr<std::FILE, Deleter<std::fclose>>;

void Require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL could not ") + what);
}

Key NewKey() {
  Key key(EVP_EC_gen("P-256"));
  Require(key != nullptr, "make a key");
  return key;
}

File OpenForWriting(const std::string& path) {
  File file(std::fopen(path.c_str(), "wb"));
  Require(file != nullptr, "open a file");
  return file;
}

void Extend(X509* certificate, X509* issuer, int extension, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>> made(
      X509V3_EXT_conf_nid(nullptr, &context, extension, value.c_str()));
  Require(made != nullptr && X509_add_ext(certificate, made.get(), -1) == 1, "add an extension");
}

Certificate NewCertificate(const CertificateContents& contents, EVP_PKEY* key) {
  static std::atomic<long> serial{1};
  Certificate certificate(X509_new());
  Require(certificate != nullptr, "make a certificate");
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), static_cast<long>(contents.valid_from.count()));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(contents.valid_until.count()));
  const auto* name = reinterpret_cast<const unsigned char*>(contents.common_name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC, name, -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

void Sign(X509* certificate, X509* issuer, EVP_PKEY* key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  Require(X509_sign(certificate, key, EVP_sha256()) > 0, "sign a certificate");
}

void Write(const std::string& path, X509* certificate) {
  Require(PEM_write_X509(OpenForWriting(path).get(), certificate) == 1, "write a certificate");
}

}  // namespace

struct Authority::Identity {
  Key key = NewKey();
  Certificate certificate;
};

Authority::Authority(std::filesystem::path folder, const std::string& name)
    : folder_(std::move(folder)), file_(folder_ / (name + ".pem")), identity_(std::make_unique<Identity>()) {
  identity_->certificate = NewCertificate({.common_name = name, .names = ""}, identity_->key.get());
  X509* self = identity_->certificate.get();
  Extend(self, self, NID_basic_constraints, "critical,CA:TRUE");
  Extend(self, self, NID_key_usage, "critical,keyCertSign");
  Sign(self, self, identity_->key.get());
  Write(file_, self);
}

Authority::~Authority() = default;

CertificateFiles Authority::Issue(const std::string& name, const CertificateContents& contents) const {
  const Key key = NewKey();
  const Certificate certificate = NewCertificate(contents, key.get());
  X509* issuer = contents.self_signed ? certificate.get() : identity_->certificate.get();
  if (!contents.names.empty()) Extend(certificate.get(), issuer, NID_subject_alt_name, contents.names);
  Sign(certificate.get(), issuer, contents.self_signed ? key.get() : identity_->key.get());
  CertificateFiles files{folder_ / (name + ".crt"), folder_ / (name + ".key")};
  Write(files.certificate, certificate.get());
  Require(PEM_write_PrivateKey(OpenForWriting(files.key).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "write a key");
  return files;
}

std::string EncryptedCopy(const std::string& key_file) {
  const File plain(std::fopen(key_file.c_str(), "rb"));
  const Key key(PEM_read_PrivateKey(plain.get(), nullptr, nullptr, nullptr));
  Require(key != nullptr, "read a key");
  std::string copy = key_file + ".encrypted";
  char password[] = "secret";
  Require(PEM_write_PrivateKey(OpenForWriting(copy).get(), key.get(), EVP_aes_256_cbc(), nullptr, 0, nullptr,
                               password) == 1,
          "write an encrypted key");
  return copy;
}

}  // namespace gapless::test
