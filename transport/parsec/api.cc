#include <string>

#include "gapless/parsec.h"
#include "transport/parsec/calls.h"
#include "transport/parsec/twirp.h"

namespace gapless {

using parsec::Calls;

struct ParsecApi::Impl {
  explicit Impl(const ParsecOptions& options)
      : rpc(options, parsec::EngineFor(options)), token(options), calls(rpc, token) {}

  std::string Call(std::string_view method, const std::string& body, const std::string& what) {
    return Calls::BodyOf(calls.Ask(method, body, what));
  }

  const parsec::Rpc rpc;
  parsec::ManagementToken token;
  Calls calls;
};

ParsecApi::ParsecApi(const ParsecOptions& options) : impl_(std::make_unique<Impl>(options)) {}

ParsecApi::~ParsecApi() = default;

ParsecManifest ParsecApi::Manifest() { return parsec::ReadManifest(Calls::BodyOf(impl_->calls.AskForManifest())); }

ParsecChannel ParsecApi::OpenPublic(const std::string& channel, std::chrono::seconds ttl) {
  return parsec::ReadChannel(impl_->Call("OpenPublic", parsec::OpenPublicBody(channel, ttl), "opening"));
}

ParsecTokens ParsecApi::CreatePrivate(const std::string& channel, std::chrono::seconds ttl, const std::string& subject,
                                      const std::vector<ParsecScope>& scopes) {
  return parsec::ReadCreatePrivate(
      impl_->Call("CreatePrivate", parsec::CreatePrivateBody(channel, ttl, subject, scopes), "creation"));
}

std::vector<ParsecChannel> ParsecApi::ListChannels() {
  return parsec::ReadChannels(impl_->Call("ListChannels", "{}", "list"));
}

ParsecChannel ParsecApi::GetChannel(const std::string& channel) {
  return parsec::ReadChannel(impl_->Call("GetChannel", parsec::NameBody(channel), "look-up"));
}

void ParsecApi::DeleteChannel(const std::string& channel) {
  impl_->Call("DeleteChannel", parsec::NameBody(channel), "deletion");
}

Position ParsecApi::Publish(const std::string& channel, const std::string& data) {
  return parsec::ReadPublish(impl_->Call("Publish", parsec::PublishBody(channel, data), "publish"));
}

ParsecTokens ParsecApi::RefreshToken(const ParsecTokens& tokens) {
  return parsec::ReadRefreshToken(
      Calls::BodyOf(impl_->calls.AskAs({}, "RefreshToken", parsec::RefreshTokenBody(tokens.refresh), "token exchange")),
      tokens);
}

std::string ParsecApi::IssueManagementToken(const std::string& subject, std::chrono::seconds ttl) {
  return parsec::ReadIssueMgmt(impl_->Call("IssueMgmt", parsec::IssueMgmtBody(subject, ttl), "management token"));
}

}  // namespace gapless
