#ifndef GAPLESS_CLIENT_STREAM_CHECK_H_
#define GAPLESS_CLIENT_STREAM_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "gapless/envelope.h"
#include "gapless/transport.h"

namespace gapless::internal {

/// Reads a channel's history backwards for what the server has of one producer's own stream (promise P6). Pure.
///
/// It ends once it has seen everything from `oldest` on, or has looked far enough: others may fill the channel.
class StreamCheck {
 public:
  /// What the server has under one sequence.
  struct Seen {
    Envelope envelope;
    Position position;
  };

  /// `oldest` is the lowest sequence of interest; 0 means only the last one matters. `window` is how many envelopes may
  /// have been in flight at once: a server that refuses some of those for the moment has them in another order than
  /// their sequences', so the newest is surely the highest only once so many were seen; 0 does without that.
  StreamCheck(std::string channel, std::string producer, std::int64_t oldest, std::size_t window)
      : channel_(std::move(channel)), producer_(std::move(producer)), oldest_(oldest), window_(window) {}

  HistoryRequest NextPage() const;
  /// False once nothing more needs to be asked for.
  bool TakePage(const HistoryReply& page);

  /// The highest sequence that the server has, or 0 if none was found.
  std::int64_t server_last() const { return seen_.empty() ? 0 : seen_.rbegin()->first; }
  /// Everything of the stream that was found, by sequence.
  const std::map<std::int64_t, Seen>& seen() const { return seen_; }
  /// Whether nothing above `server_last` can be further back in the history, or be forgotten by it. A history that
  /// begins without the stream's own beginning is that of a server that forgot what came before.
  bool sure() const { return !saw_unreadable_ && ((SawBeginning() && seen_.contains(1)) || SpansWindow()); }

 private:
  /// Whether the channel's first publication was among what was read.
  bool SawBeginning() const { return before_ && before_->offset == 1; }
  bool SpansWindow() const;

  std::string channel_;
  std::string producer_;
  std::int64_t oldest_;
  std::size_t window_;
  std::size_t pages_ = 0;
  std::optional<Position> before_;
  std::map<std::int64_t, Seen> seen_;
  /// What could not be read may have been one of ours.
  bool saw_unreadable_ = false;
};

/// Whether `bytes`, an envelope of this client's, is what the server has as `seen`. Servers may write JSON anew, so not
/// the bytes are compared but what makes an envelope this one.
bool SameEnvelope(const std::string& bytes, const Envelope& seen);

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_STREAM_CHECK_H_
