#ifndef GAPLESS_TRANSPORT_PARSEC_CALLS_H_
#define GAPLESS_TRANSPORT_PARSEC_CALLS_H_

#include <string>
#include <string_view>

#include "transport/parsec/management_token.h"
#include "transport/parsec/rpc.h"

namespace gapless::parsec {

/// Calls that are waited for, with the management token where one is needed. Thread-safe.
class Calls {
 public:
  Calls(const Rpc& rpc, ManagementToken& token) : rpc_(rpc), token_(token) {}

  /// With the management token, and once more with another if the server does not take it.
  Rpc::Answer Ask(std::string_view method, const std::string& body, const std::string& what) {
    const std::string token = token_.Get();
    Rpc::Answer answer = AskAs(token, method, body, what);
    const auto* refused = std::get_if<Refused>(&answer);
    if (refused == nullptr || refused->refusal != Refusal::kUnauthorized || !token_.CanFetch()) return answer;
    token_.Refuse(token);
    return AskAs(token_.Get(), method, body, what);
  }
  /// With this token, or none.
  Rpc::Answer AskAs(const std::string& token, std::string_view method, const std::string& body,
                    const std::string& what) {
    return waiter_.Wait([&](Rpc::Done done) { return rpc_.Begin(method, body, token, what, std::move(done)); });
  }
  Rpc::Answer AskForManifest() {
    return waiter_.Wait([&](Rpc::Done done) { return rpc_.BeginManifest(std::move(done)); });
  }
  /// Ends all waiting, now and later.
  void Stop() { waiter_.Stop(); }

  /// Throws the error of a refusal.
  static std::string BodyOf(Rpc::Answer answer) {
    if (auto* refused = std::get_if<Refused>(&answer)) throw std::move(refused->error);
    return std::get<std::string>(std::move(answer));
  }

 private:
  const Rpc& rpc_;
  ManagementToken& token_;
  RpcWaiter waiter_;
};

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_CALLS_H_
