#ifndef GAPLESS_TESTS_UNIT_TRANSPORT_CERTIFICATES_H_
#define GAPLESS_TESTS_UNIT_TRANSPORT_CERTIFICATES_H_

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace gapless::test {

/// The PEM files of one certificate and its key.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

/// What a certificate says; without anything, it is one for this machine.
struct CertificateContents {
  std::string common_name = "test";
  /// As OpenSSL's configuration has them.
  std::string names = "DNS:localhost,IP:127.0.0.1";
  std::chrono::seconds valid_from = std::chrono::hours{-1};
  std::chrono::seconds valid_until = std::chrono::hours{1};
  bool self_signed = false;
};

/// An authority of its own that issues certificates into a folder, all good for hours only.
class Authority {
 public:
  Authority(std::filesystem::path folder, const std::string& name);
  ~Authority();

  /// Its own certificate.
  const std::string& file() const { return file_; }
  /// `name` is that of the files, which are overwritten.
  CertificateFiles Issue(const std::string& name, const CertificateContents& contents = {}) const;

 private:
  struct Identity;

  const std::filesystem::path folder_;
  const std::string file_;
  const std::unique_ptr<Identity> identity_;
};

/// Writes the key again, encrypted with a password.
std::string EncryptedCopy(const std::string& key_file);

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_UNIT_TRANSPORT_CERTIFICATES_H_
