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
  const bool has_progress = !progress.Empty();
  const Progress pending = has_progress ? state_writer_->TakeProgress(key) : Progress{};
  Progress save = pending;
  save.Add(progress);
  try {
    PublishGate::Exclusive exclusive(*gate_);
    std::size_t stamped = 0;
    options_.snapshotter->Transact([&](Transaction& transaction) {
      {
        const HandlerScope scope(this, envelope, &exclusive);
        body(transaction);
      }
      Changes changes = exclusive.TakeChanges();
      stamped = changes.outbox_added.size();
      if (has_progress) save.AppendTo(changes, key);
      return changes;
    });
    exclusive.Commit();
    counters_.published += stamped;
  } catch (...) {
    // Whatever it was goes on to the caller; what had been pending before must not be forgotten with it.
    if (!pending.Empty()) state_writer_->Advance(key, pending);
    throw;
  }
  if (has_progress) {
    const std::lock_guard<std::mutex> lock(mutex_);
    consumers_[key].Apply(progress);
  }
}

}  // namespace gapless::internal
