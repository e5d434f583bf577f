#ifndef GAPLESS_TRANSPORT_NET_BEAST_EXCHANGE_H_
#define GAPLESS_TRANSPORT_NET_BEAST_EXCHANGE_H_

#include <memory>

#include "transport/net/beast_line.h"
#include "transport/net/http.h"
#include "transport/net/http_answer.h"
#include "transport/net/io_thread.h"
#include "transport/net/websocket.h"

namespace gapless::net {

/// What one request of Beast's engine does on its io thread. A connection of `lines` is used again, or a new one made
/// and left there afterwards, if the answer is wanted as a whole. `Cut` tells that the process exits.
class BeastExchange : public Wire {
 public:
  static std::shared_ptr<BeastExchange> Make(std::shared_ptr<IoThread> io, const BeastOptions& options,
                                             std::shared_ptr<BeastLines> lines, HttpRequest request,
                                             std::shared_ptr<HttpAudience> audience);

  // Both on the thread.
  virtual void Start() = 0;
  /// Once nobody waits any more.
  virtual void Stop() = 0;
};

}  // namespace gapless::net

#endif  // GAPLESS_TRANSPORT_NET_BEAST_EXCHANGE_H_
