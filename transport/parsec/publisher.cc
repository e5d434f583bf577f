#include "transport/parsec/publisher.h"

#include "transport/parsec/twirp.h"

namespace gapless::parsec {
namespace {

PublishQueue::Result ResultOf(bool opening, const Rpc::Answer& answer) {
  if (const auto* refused = std::get_if<Refused>(&answer)) return *refused;
  if (opening) return PublishQueue::Opened{};
  try {
    return ReadPublish(std::get<std::string>(answer));
  } catch (const Error& error) {
    // Something in between answered in the server's place, or the server is ill: whether it published is not known.
    return Refused{error, Refusal::kTemporary};
  }
}

}  // namespace

Publisher::Publisher(const ParsecOptions& options, std::shared_ptr<const Rpc> rpc,
                     std::shared_ptr<ManagementToken> token, std::shared_ptr<Runtime> runtime, Tell tell)
    : open_ttl_(options.open_public.value_or(std::chrono::seconds{0})),
      rpc_(std::move(rpc)),
      token_(std::move(token)),
      runtime_(std::move(runtime)),
      tell_(std::move(tell)),
      strand_(runtime_->NewStrand("gapless-parsec", StrandKind::kSession)),
      queue_(options.request_timeout, options.open_public.has_value(), options.management_token, token_->CanFetch()) {}

template <typename Step>
void Publisher::Later(Step step) {
  strand_->Post([weak = weak_from_this(), step = std::move(step)]() mutable {
    if (const auto self = weak.lock()) step(*self);
  });
}

void Publisher::Start() {
  fetcher_ = std::make_unique<centrifuge::TokenFetcher>(
      centrifuge::TokenFetcher::Sources{.connection = [token = token_] { return token->Get(); }, .subscription = {}},
      runtime_, [weak = weak_from_this()](const centrifuge::TokenOwner&, centrifuge::FetchedToken fetched) {
        const auto self = weak.lock();
        if (!self) return;
        self->Later([fetched = std::move(fetched)](Publisher& publisher) mutable { publisher.OnToken(fetched); });
      });
}

void Publisher::Publish(std::uint64_t connection, std::vector<std::pair<std::uint64_t, PublishRequest>> publishes) {
  Later([connection, publishes = std::move(publishes)](Publisher& self) mutable {
    self.BeginConnection(connection);
    PublishQueue::Output out;
    for (auto& [request, publish] : publishes) {
      self.queue_.Add(request, std::move(publish), self.runtime_->Now(), out);
    }
    self.Perform(std::move(out));
  });
}

void Publisher::Forget(std::uint64_t connection) {
  Later([connection](Publisher& self) {
    if (connection == self.connection_) self.BeginConnection(0);
  });
}

void Publisher::BeginConnection(std::uint64_t connection) {
  if (connection == connection_) return;
  connection_ = connection;
  queue_.Clear();
  calls_.clear();
  Arm();
}

void Publisher::Stop() {
  if (fetcher_) fetcher_->Stop();
  strand_->Stop();
}

void Publisher::OnAnswer(std::uint64_t call, bool opening, Rpc::Answer answer) {
  if (calls_.erase(call) == 0) return;
  PublishQueue::Output out;
  queue_.Done(call, ResultOf(opening, answer), runtime_->Now(), out);
  Perform(std::move(out));
}

void Publisher::OnToken(centrifuge::FetchedToken fetched) {
  PublishQueue::Output out;
  if (fetched.failure) {
    queue_.TokenFailed(*fetched.failure, runtime_->Now(), out);
  } else {
    queue_.TokenCame(std::move(fetched.token), out);
  }
  Perform(std::move(out));
}

void Publisher::Perform(PublishQueue::Output out) {
  if (!out.refused_token.empty()) token_->Refuse(out.refused_token);
  if (out.fetch_token) fetcher_->Fetch(centrifuge::kConnectionToken);
  if (!out.replies.empty()) tell_(connection_, std::move(out.replies));
  for (PublishQueue::Call& call : out.calls) BeginCall(std::move(call));
  Arm();
}

void Publisher::BeginCall(PublishQueue::Call call) {
  const bool opening = call.data == nullptr;
  const auto done = [weak = weak_from_this(), id = call.id, opening](Rpc::Answer answer) {
    const auto self = weak.lock();
    if (!self) return;
    self->Later([id, opening, answer = std::move(answer)](Publisher& publisher) mutable {
      publisher.OnAnswer(id, opening, std::move(answer));
    });
  };
  try {
    calls_[call.id] =
        opening ? rpc_->Begin("OpenPublic", OpenPublicBody(call.channel, open_ttl_), call.token, "opening", done)
                : rpc_->Begin("Publish", PublishBody(call.channel, *call.data), call.token, "publish", done);
  } catch (const Error& error) {
    // A channel name that is no text: no other try would do better.
    calls_[call.id] = nullptr;
    done(Refused{error, Refusal::kFinal});
  }
}

void Publisher::Arm() {
  if (timer_ != 0) strand_->Cancel(timer_);
  timer_ = 0;
  const auto deadline = queue_.NextDeadline();
  if (!deadline) return;
  timer_ = strand_->PostAt(*deadline, TimerKind::kDeadline, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->timer_ = 0;
    PublishQueue::Output out;
    self->queue_.Tick(self->runtime_->Now(), out);
    self->Perform(std::move(out));
  });
}

}  // namespace gapless::parsec
