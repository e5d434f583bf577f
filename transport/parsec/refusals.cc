#include "transport/parsec/refusals.h"

namespace gapless::parsec {
namespace {

constexpr std::uint32_t kInternalServerError = 100;

}  // namespace

bool SubscribeRefusals::Judge(const std::string& channel, ErrorReply& refusal) {
  if (refusal.error.server_code() != kInternalServerError) return false;
  const std::uint32_t count = ++in_a_row_[channel];
  std::string text = "Parsec refused the subscription with its one answer for everything, 100";
  if (channel.starts_with("private:")) {
    text +=
        ": the channel does not exist (any more), or its tokens in ParsecOptions::tokens are missing, revoked or of "
        "another channel";
  } else {
    text += ": the channel is not open; open it with ParsecApi::OpenPublic, or set ParsecOptions::open_public";
  }
  refusal.temporary = count < limit_;
  if (!refusal.temporary) {
    text += ". It has done so " + std::to_string(count) + " times in a row, and counts as refused for good";
    in_a_row_.erase(channel);
  }
  refusal.error = Error(Errc::kServerRefused, text).WithChannel(channel).WithServerCode(kInternalServerError);
  return true;
}

}  // namespace gapless::parsec
