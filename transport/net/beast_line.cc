#include "transport/net/beast_line.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <iterator>
#include <utility>

#include "transport/net/address.h"

namespace gapless::net {

using ErrorCode = boost::system::error_code;
using Socket = ByteStream::Socket;

BeastLine::BeastLine(boost::asio::io_context& context, const BeastOptions& options, const std::string& url,
                     const TlsOptions& tls)
    : origin_(OriginOf(url)), tls_(tls), dial_(context, options, url, tls), deadline_(context), stream_(context) {}

void BeastLine::Rest(std::chrono::milliseconds patience, std::function<void()> useless) {
  useless_ = std::move(useless);
  const auto tell = [self = shared_from_this()] {
    if (const auto told = std::exchange(self->useless_, nullptr)) told();
  };
  deadline_.Arm(patience, shared_from_this(), tell);
  // Nothing is read, so nothing is lost if it is woken meanwhile.
  stream_.socket().async_wait(Socket::wait_read, [tell](ErrorCode woken) {
    if (!woken) tell();
  });
}

bool BeastLine::Wake() {
  useless_ = nullptr;
  deadline_.Clear();
  ErrorCode error;
  stream_.socket().cancel(error);
  if (!error) stream_.socket().non_blocking(true, error);
  if (error) return false;
  char byte = 0;
  stream_.socket().receive(boost::asio::buffer(&byte, 1), Socket::message_peek, error);
  return error == boost::asio::error::would_block;
}

void BeastLine::Close() {
  useless_ = nullptr;
  deadline_.Clear();
  dial_.GiveUp();
  stream_.Close();
}

std::shared_ptr<BeastLine> BeastLines::Take(const std::string& origin, const TlsOptions& tls) {
  for (;;) {
    // The last one has rested for the shortest time.
    const auto found =
        std::find_if(waiting_.rbegin(), waiting_.rend(), [&](const auto& line) { return line->LeadsTo(origin, tls); });
    if (found == waiting_.rend()) return nullptr;
    const std::shared_ptr<BeastLine> line = std::move(*found);
    waiting_.erase(std::next(found).base());
    if (line->Wake()) return line;
    line->Close();
  }
}

void BeastLines::Keep(const std::shared_ptr<BeastLine>& line) {
  if (cut_) return line->Close();
  if (waiting_.size() == kMost) Drop(waiting_.front().get());
  line->Rest(patience_, [weak = weak_from_this(), raw = line.get()] {
    if (const auto self = weak.lock()) self->Drop(raw);
  });
  waiting_.push_back(line);
}

void BeastLines::Cut() {
  cut_ = true;
  while (!waiting_.empty()) Drop(waiting_.back().get());
}

void BeastLines::Drop(const BeastLine* line) {
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [line](const auto& waiting) { return waiting.get() == line; });
  if (found == waiting_.end()) return;
  (*found)->Close();
  waiting_.erase(found);
}

}  // namespace gapless::net
