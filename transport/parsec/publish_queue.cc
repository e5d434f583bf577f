#include "transport/parsec/publish_queue.h"

#include <iterator>
#include <map>
#include <utility>

namespace gapless::parsec {

void PublishQueue::Add(std::uint64_t request, PublishRequest publish, TimePoint now, Output& out) {
  if (ComesTooEarly(publish, now)) {
    Error error(Errc::kServerRefused, "a publish before it was not taken for now; it was not sent");
    out.replies.push_back({request, ErrorReply{error.WithChannel(publish.channel), true}});
    return;
  }
  channels_[publish.channel].waiting.push_back({request, std::move(publish.data), now});
  Begin(out);
}

bool PublishQueue::ComesTooEarly(const PublishRequest& publish, TimePoint now) {
  const auto found = given_back_.find(publish.channel);
  if (found == given_back_.end()) return false;
  const auto& first = found->second.first;
  if (found->second.until > now && publish.data != first && *publish.data != *first) return true;
  given_back_.erase(found);
  return false;
}

void PublishQueue::Begin(Output& out) {
  if (needs_token_) {
    if (!channels_.empty() && !std::exchange(fetching_, true)) out.fetch_token = true;
    return;
  }
  auto next = channels_.upper_bound(turn_);
  for (std::size_t looked = 0; looked < channels_.size() && under_way_.size() < kMaxCalls; ++looked, ++next) {
    if (next == channels_.end()) next = channels_.begin();
    auto& [name, channel] = *next;
    if (channel.call != 0) continue;
    channel.call = ++last_call_;
    under_way_.emplace(channel.call, UnderWay{name, token_});
    out.calls.push_back({channel.call, name, channel.opening ? nullptr : channel.waiting.front().data, token_});
    turn_ = name;
  }
}

void PublishQueue::Done(std::uint64_t call, const Result& result, TimePoint now, Output& out) {
  const auto ended = under_way_.extract(call);
  if (ended.empty()) return;
  const std::string& name = ended.mapped().channel;
  Channel& channel = channels_.at(name);
  channel.call = 0;
  if (const auto* position = std::get_if<Position>(&result)) {
    out.replies.push_back({channel.waiting.front().request, PublishReply{*position}});
    channel.waiting.pop_front();
  } else if (std::holds_alternative<Opened>(result)) {
    channel.opening = false;
    channel.waiting.front().opened = true;
  } else {
    TakeRefusal(name, channel, std::get<Refused>(result), ended.mapped().token, now, out);
  }
  if (channel.waiting.empty()) channels_.erase(name);
  Begin(out);
}

void PublishQueue::TakeRefusal(const std::string& name, Channel& channel, const Refused& refused,
                               const std::string& token, TimePoint now, Output& out) {
  Waiting& first = channel.waiting.front();
  switch (refused.refusal) {
    case Refusal::kTemporary:
      GiveBack(name, channel, refused.error, true, now, out);
      return;
    case Refusal::kNoChannel:
      if (!channel.opening && opens_public_ && !first.opened && name.starts_with("public:")) {
        channel.opening = true;
        return;
      }
      break;
    case Refusal::kUnauthorized:
      // Another call may have brought another token meanwhile.
      if (fetches_ && !first.renewed) {
        first.renewed = true;
        if (token == token_) {
          needs_token_ = true;
          out.refused_token = token;
        }
        return;
      }
      break;
    case Refusal::kFinal:
      break;
  }
  RefuseFirst(name, channel, refused.error, out);
}

void PublishQueue::RefuseFirst(const std::string& name, Channel& channel, const Error& error, Output& out) {
  Error told = error;
  out.replies.push_back({channel.waiting.front().request, ErrorReply{told.WithChannel(name), false}});
  channel.waiting.pop_front();
  channel.opening = false;
}

void PublishQueue::GiveBack(const std::string& name, Channel& channel, const Error& why, bool first, TimePoint now,
                            Output& out) {
  Error told = why;
  told.WithChannel(name);
  const auto begin = channel.waiting.begin() + (first ? 0 : 1);
  if (begin == channel.waiting.end()) return;
  std::erase_if(given_back_, [now](const auto& entry) { return entry.second.until <= now; });
  given_back_[name] = {begin->data, now + patience_};
  for (auto each = begin; each != channel.waiting.end(); ++each) {
    out.replies.push_back({each->request, ErrorReply{told, true}});
  }
  channel.waiting.erase(begin, channel.waiting.end());
  if (first) channel.opening = false;
}

void PublishQueue::TokenCame(std::string token, Output& out) {
  fetching_ = false;
  needs_token_ = false;
  token_ = std::move(token);
  Begin(out);
}

void PublishQueue::TokenFailed(const Error& why, TimePoint now, Output& out) {
  fetching_ = false;
  for (auto entry = channels_.begin(); entry != channels_.end();) {
    auto& [name, channel] = *entry;
    // Those under way may still succeed with the token that they were sent with.
    GiveBack(name, channel, why, channel.call == 0, now, out);
    entry = channel.waiting.empty() ? channels_.erase(entry) : std::next(entry);
  }
}

void PublishQueue::Tick(TimePoint now, Output& out) {
  for (auto entry = channels_.begin(); entry != channels_.end();) {
    auto& [name, channel] = *entry;
    const std::size_t first = channel.call == 0 ? 0 : 1;
    if (channel.waiting.size() > first && channel.waiting[first].added + patience_ <= now) {
      GiveBack(name, channel,
               Error(Errc::kTimeout, "the publishes before it took the server too long; it was not sent"), first == 0,
               now, out);
    }
    entry = channel.waiting.empty() ? channels_.erase(entry) : std::next(entry);
  }
  Begin(out);
}

std::optional<TimePoint> PublishQueue::NextDeadline() const {
  std::optional<TimePoint> next;
  for (const auto& [name, channel] : channels_) {
    const std::size_t first = channel.call == 0 ? 0 : 1;
    if (channel.waiting.size() <= first) continue;
    const TimePoint when = channel.waiting[first].added + patience_;
    if (!next || when < *next) next = when;
  }
  return next;
}

void PublishQueue::Clear() {
  channels_.clear();
  under_way_.clear();
  given_back_.clear();
}

}  // namespace gapless::parsec
