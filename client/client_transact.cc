// Transactions: a handler's own writes, the cursor and what it enqueues stand or fall together.

#include <utility>

#include "client/client_core.h"
#include "client/handler_scope.h"

namespace gapless::internal {

void ClientCore::Transact(const std::function<void(Transaction&)>& body) {
  gate_->RequireOpen();
  TransactWithCursor({}, {}, HandlerScope::CurrentEnvelope(), body);
}

void ClientCore::TransactWithCursor(const ConsumerKey& key, const Progress& progress, const Envelope* envelope,
                                    const std::function<void(Transaction&)>& body) {
  if (!transactional()) {
    throw Error(Errc::kNotSupported, "transactions need a snapshotter that is a database, such as SqliteSnapshotter");
  }
  if (HandlerScope::CurrentTransaction(this) != nullptr) {
    throw Error(Errc::kInvalidState, "a transaction of this client is open on this thread already");
  }
  const auto transact = [&](const Progress& save) {
    PublishGate::Exclusive exclusive(*gate_);
    std::size_t stamped = 0;
    options_.snapshotter->Transact([&](Transaction& transaction) {
      {
        const HandlerScope scope(this, envelope, &exclusive);
        body(transaction);
      }
      Changes changes = exclusive.TakeChanges();
      stamped = changes.outbox_added.size();
      save.AppendTo(changes, key);
      return changes;
    });
    exclusive.Commit();
    counters_.published += stamped;
  };
  if (progress.Empty()) return transact(progress);
  state_writer_->SaveWith(key, progress, transact);
  const std::lock_guard<std::mutex> lock(mutex_);
  consumers_[key].Apply(progress);
}

}  // namespace gapless::internal
