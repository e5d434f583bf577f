#include "gapless/subscription.h"

#include <utility>

#include "client/client_core.h"
#include "client/subscription_core.h"

namespace gapless {

Subscription::Subscription(std::shared_ptr<internal::SubscriptionCore> core) : core_(std::move(core)) {}

const std::string& Subscription::Channel() const { return core_->channel(); }

void Subscription::OnEnvelope(EnvelopeHandler handler) { core_->AddEnvelopeHandler(std::move(handler)); }

void Subscription::OnEnvelopeTransactional(TransactionalHandler handler) {
  if (!core_->Owner()->transactional()) {
    throw Error(Errc::kNotSupported,
                "a transactional handler needs a client whose snapshotter is a database, such as SqliteSnapshotter")
        .WithChannel(core_->channel());
  }
  core_->SetTransactionalHandler(std::move(handler));
}

void Subscription::OnAspect(const std::string& aspect, EnvelopeHandler handler) {
  core_->AddAspectHandler(aspect, std::move(handler));
}

void Subscription::OnGap(GapHandler handler) { core_->AddGapHandler(std::move(handler)); }
void Subscription::OnError(ErrorHandler handler) { core_->AddErrorHandler(std::move(handler)); }

void Subscription::OnJoin(MemberHandler handler) { core_->AddMemberHandler(true, std::move(handler)); }
void Subscription::OnLeave(MemberHandler handler) { core_->AddMemberHandler(false, std::move(handler)); }

Receipt Subscription::PublishDerived(const std::string& aspect, const std::string& payload) {
  return core_->Owner()->Publish(core_->channel(), Draft{.aspect = aspect, .payload = payload}, {});
}

HistoryResult Subscription::History(const HistoryQuery& query) const {
  return core_->Owner()->History(core_->channel(), query);
}

std::vector<gapless::Presence> Subscription::Presence() const { return core_->Owner()->Presence(core_->channel()); }

PresenceStats Subscription::PresenceStats() const { return core_->Owner()->PresenceStats(core_->channel()); }

std::vector<QuarantinedEnvelope> Subscription::Quarantined() const {
  core_->Owner();
  return core_->Quarantined();
}

std::size_t Subscription::Redrive() { return core_->Redrive(); }

bool Subscription::Discard(std::int64_t id) { return core_->Discard(id); }

void Subscription::Unsubscribe() {
  if (const auto client = core_->MaybeOwner()) client->Unsubscribe(*core_);
}

bool Subscription::Active() const { return core_->active() && core_->MaybeOwner() != nullptr; }

}  // namespace gapless
