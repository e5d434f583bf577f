#include "transport/centrifuge/token_fetcher.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

namespace gapless::centrifuge {
namespace {

constexpr std::chrono::seconds kStopPatience{2};

/// Of the exception being handled.
Error FailureOf(const char* option) {
  const std::string name = std::string("WebSocketOptions::") + option;
  try {
    throw;
  } catch (const Error& error) {
    const Errc code = error.errc() == Errc::kUnauthorized ? Errc::kUnauthorized : Errc::kHandlerThrew;
    return Error(code, name + " threw: " + error.what()).WithServerCode(error.server_code());
  } catch (const std::exception& error) {
    return Error(Errc::kHandlerThrew, name + " threw: " + error.what());
  } catch (...) {
    return Error(Errc::kHandlerThrew, name + " threw something that is not a std::exception");
  }
}

}  // namespace

/// One strand and the function that it calls.
struct TokenFetcher::Caller : std::enable_shared_from_this<Caller> {
  Caller(std::function<std::string(const std::string&)> the_get, const char* the_option,
         std::shared_ptr<Runtime> the_runtime, Done the_done)
      : get(std::move(the_get)),
        option(the_option),
        runtime(std::move(the_runtime)),
        done(std::move(the_done)),
        strand(runtime->NewStrand("gapless-tokens", StrandKind::kDispatch)) {}

  void Fetch(const TokenOwner& owner) {
    // The strand too: if a call outlives the wait in `Stop`, its thread must not be waited for by anybody else.
    strand->Post([self = shared_from_this(), strand = strand, owner] { self->Call(owner); });
  }

  void Call(const TokenOwner& owner) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (stopped) return;
      calling = true;
    }
    FetchedToken fetched;
    try {
      fetched.token = get(owner);
    } catch (...) {
      fetched.failure = FailureOf(option);
      if (!owner.empty()) fetched.failure->WithChannel(owner);
    }
    bool wanted = false;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      calling = false;
      wanted = !stopped;
    }
    changed.notify_all();
    if (wanted) done(owner, std::move(fetched));
  }

  void Stop() {
    std::unique_lock<std::mutex> lock(mutex);
    if (!std::exchange(stopped, true) && !strand->RunsHere()) {
      runtime->Wait(lock, changed, runtime->Now() + kStopPatience, [this] { return !calling; });
    }
    const bool at_rest = !calling;
    lock.unlock();
    if (at_rest) strand->Stop();
  }

  const std::function<std::string(const std::string&)> get;
  const char* const option;
  const std::shared_ptr<Runtime> runtime;
  const Done done;
  const std::shared_ptr<Strand> strand;
  std::mutex mutex;
  std::condition_variable changed;
  bool calling = false;
  bool stopped = false;
};

TokenFetcher::TokenFetcher(const Sources& sources, const std::shared_ptr<Runtime>& runtime, const Done& done) {
  if (sources.connection) {
    connection_ = std::make_shared<Caller>([get = sources.connection](const std::string&) { return get(); },
                                           "get_token", runtime, done);
  }
  if (sources.subscription) {
    subscriptions_ = std::make_shared<Caller>(sources.subscription, "get_subscription_token", runtime, done);
  }
}

void TokenFetcher::Fetch(const TokenOwner& owner) { (owner.empty() ? connection_ : subscriptions_)->Fetch(owner); }

void TokenFetcher::Stop() {
  if (connection_) connection_->Stop();
  if (subscriptions_) subscriptions_->Stop();
}

}  // namespace gapless::centrifuge
