#ifndef GAPLESS_TRANSPORT_PARSEC_PUBLISHER_H_
#define GAPLESS_TRANSPORT_PARSEC_PUBLISHER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gapless/parsec.h"
#include "gapless/runtime.h"
#include "transport/centrifuge/token_fetcher.h"
#include "transport/net/http.h"
#include "transport/parsec/management_token.h"
#include "transport/parsec/publish_queue.h"
#include "transport/parsec/rpc.h"

namespace gapless::parsec {

/// Performs what the publish queue wants, on a strand of its own. Thread-safe.
class Publisher : public std::enable_shared_from_this<Publisher> {
 public:
  /// Takes the replies of one connection, on the strand.
  using Tell = std::function<void(std::uint64_t connection, std::vector<ReplyEvent> replies)>;

  Publisher(const ParsecOptions& options, std::shared_ptr<const Rpc> rpc, std::shared_ptr<ManagementToken> token,
            std::shared_ptr<Runtime> runtime, Tell tell);

  /// Once, before all else.
  void Start();
  void Publish(std::uint64_t connection, std::vector<std::pair<std::uint64_t, PublishRequest>> publishes);
  /// What is under way is given up; nothing of the connection is told any more, save what is being told.
  void Forget(std::uint64_t connection);
  /// Nothing is told after it returned. Bounded by two seconds, if the user's function does not return.
  void Stop();

 private:
  template <typename Step>
  void Later(Step step);
  void BeginConnection(std::uint64_t connection);
  void OnAnswer(std::uint64_t call, bool opening, Rpc::Answer answer);
  void OnToken(centrifuge::FetchedToken fetched);
  void Perform(PublishQueue::Output out);
  void BeginCall(PublishQueue::Call call);
  void Arm();

  const std::chrono::seconds open_ttl_;
  const std::shared_ptr<const Rpc> rpc_;
  const std::shared_ptr<ManagementToken> token_;
  const std::shared_ptr<Runtime> runtime_;
  const Tell tell_;
  const std::shared_ptr<Strand> strand_;
  std::unique_ptr<centrifuge::TokenFetcher> fetcher_;

  // On the strand only.
  PublishQueue queue_;
  std::uint64_t connection_ = 0;
  std::map<std::uint64_t, std::unique_ptr<net::HttpCall>> calls_;
  Strand::TimerId timer_ = 0;
};

}  // namespace gapless::parsec

#endif  // GAPLESS_TRANSPORT_PARSEC_PUBLISHER_H_
