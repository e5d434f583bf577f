#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_TOKEN_FETCHER_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_TOKEN_FETCHER_H_

#include <functional>
#include <memory>
#include <string>

#include "gapless/runtime.h"
#include "transport/centrifuge/token_store.h"

namespace gapless::centrifuge {

/// Calls the user's functions that fetch tokens, on strands of their own: one for the connection's token, one for those
/// of subscriptions, so that a slow subscription does not cost the connection. Thread-safe.
class TokenFetcher {
 public:
  /// The user's functions, each null or not.
  struct Sources {
    std::function<std::string()> connection;
    std::function<std::string(const std::string& channel)> subscription;
  };
  using Done = std::function<void(const TokenOwner& owner, FetchedToken fetched)>;

  /// `done` is called on the strand that fetched.
  TokenFetcher(const Sources& sources, const std::shared_ptr<Runtime>& runtime, const Done& done);
  ~TokenFetcher() { Stop(); }
  TokenFetcher(const TokenFetcher&) = delete;
  TokenFetcher& operator=(const TokenFetcher&) = delete;

  /// Calls the function for `owner`, which must not be null, soon.
  void Fetch(const TokenOwner& owner);
  /// No call begins after it returned, and no outcome is reported. Waits for a call under way: once, for two seconds at
  /// most, and not at all from inside it.
  void Stop();

 private:
  struct Caller;
  std::shared_ptr<Caller> connection_;
  std::shared_ptr<Caller> subscriptions_;
};

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_TOKEN_FETCHER_H_
