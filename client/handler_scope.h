#ifndef GAPLESS_CLIENT_HANDLER_SCOPE_H_
#define GAPLESS_CLIENT_HANDLER_SCOPE_H_

#include "client/publish_gate.h"
#include "gapless/envelope.h"

namespace gapless::internal {

class ClientCore;

/// What the calling thread is inside of, so that a publish knows its cause and joins the transaction around it.
/// Scopes nest: a handler may settle a manual runtime that runs another client's handlers.
class HandlerScope {
 public:
  /// `envelope` may be null (a transaction outside a handler), `transaction` too (no transaction).
  HandlerScope(const ClientCore* client, const Envelope* envelope, PublishGate::Exclusive* transaction)
      : client_(client), envelope_(envelope), transaction_(transaction), outer_(current_) {
    current_ = this;
  }
  ~HandlerScope() { current_ = outer_; }
  HandlerScope(const HandlerScope&) = delete;
  HandlerScope& operator=(const HandlerScope&) = delete;

  /// The envelope that a handler on this thread is handling, whichever client it belongs to; null outside.
  static const Envelope* CurrentEnvelope() {
    for (const HandlerScope* scope = current_; scope != nullptr; scope = scope->outer_) {
      if (scope->envelope_ != nullptr) return scope->envelope_;
    }
    return nullptr;
  }
  /// The transaction of `client` that this thread is inside of; null outside.
  static PublishGate::Exclusive* CurrentTransaction(const ClientCore* client) {
    for (const HandlerScope* scope = current_; scope != nullptr; scope = scope->outer_) {
      if (scope->client_ == client && scope->transaction_ != nullptr) return scope->transaction_;
    }
    return nullptr;
  }

 private:
  const ClientCore* client_;
  const Envelope* envelope_;
  PublishGate::Exclusive* transaction_;
  const HandlerScope* outer_;
  static inline thread_local const HandlerScope* current_ = nullptr;
};

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_HANDLER_SCOPE_H_
