#include "hub/server/command.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <span>
#include <system_error>
#include <utility>

#include "envelope/byte_scan.h"
#include "envelope/json_scanner.h"
#include "envelope/json_string.h"

namespace gapless::hub {
namespace {

using internal::JsonScanner;
using internal::JsonString;
using internal::JsonSyntaxError;

/// The servers look at the commands in this order and take the first one that is set.
constexpr std::array<std::string_view, 12> kCommandNames = {"connect", "ping",     "subscribe",      "unsubscribe",
                                                            "publish", "presence", "presence_stats", "history",
                                                            "rpc",     "send",     "refresh",        "sub_refresh"};
constexpr std::size_t kSendIndex = 9;
constexpr std::size_t kNone = kCommandNames.size();

/// Levels of containers around a member of a command.
constexpr std::size_t kMemberLevel = 2;

using Body = decltype(Command::body);

/// A member whose type is checked and whose value has no use here.
struct AnyValue {};
using Target = std::variant<AnyValue, std::string*, bool*, std::uint64_t*, std::int64_t*, std::int32_t*,
                            std::string_view*, std::optional<Position>*>;
struct Field {
  std::string_view key;
  Target target;
};

bool IsUtf8(std::string_view text) noexcept {
  while (!text.empty()) {
    if (text.size() >= internal::kWordBytes && internal::MatchNonAscii(internal::LoadWord(text.data())) == 0) {
      text.remove_prefix(internal::kWordBytes);
      continue;
    }
    const std::size_t length = internal::Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// Reads one line. Throws JsonSyntaxError for whatever is malformed.
class LineReader {
 public:
  explicit LineReader(std::string_view line) noexcept : scanner_(line) {}

  Command Read() {
    Command command;
    std::size_t taken = kNone;
    scanner_.SkipSpace();
    scanner_.Expect('{', "at the start of a command");
    std::uint64_t seen = 0;
    bool send = false;
    ForEachMember([&](const std::string& key) {
      if (key == "id") {
        MarkSeen(seen, kNone);
        ReadId(command.id);
        return;
      }
      std::size_t index = 0;
      while (index < kNone && kCommandNames[index] != key) ++index;
      if (index == kNone) return scanner_.SkipValue(1);
      MarkSeen(seen, index);
      if (scanner_.TakeNull()) return;
      Body body = ReadBody(index);
      send = send || index == kSendIndex;
      if (index >= taken) return;
      taken = index;
      command.body = std::move(body);
    });
    if (command.id == 0 && !send) {
      command.body = PongCommand{};
    } else if (taken == kNone) {
      scanner_.Fail("no command is set");
    }
    return command;
  }

 private:
  // Stands behind '{'; calls `read(key)` with the scanner at the member's value; ends behind '}'.
  template <class Read>
  void ForEachMember(Read read) {
    scanner_.SkipSpace();
    if (scanner_.Take('}')) return;
    for (;;) {
      const JsonString key = scanner_.ReadString();
      scanner_.SkipSpace();
      scanner_.Expect(':', "after a key");
      scanner_.SkipSpace();
      read(key.plain ? std::string(key.body) : internal::StringValue(key));
      scanner_.SkipSpace();
      if (scanner_.Take('}')) return;
      scanner_.Expect(',', "between members");
      scanner_.SkipSpace();
    }
  }

  void MarkSeen(std::uint64_t& seen, std::size_t index) {
    const std::uint64_t bit = std::uint64_t{1} << index;
    if ((seen & bit) != 0) scanner_.Fail("a member occurs twice");
    seen |= bit;
  }

  void ReadMembers(std::span<const Field> fields) {
    scanner_.Expect('{', "where an object belongs");
    std::uint64_t seen = 0;
    ForEachMember([&](const std::string& key) {
      std::size_t index = 0;
      while (index < fields.size() && fields[index].key != key) ++index;
      if (index == fields.size()) return scanner_.SkipValue(kMemberLevel);
      MarkSeen(seen, index);
      ReadValue(fields[index].target);
    });
  }

  void ReadValue(const Target& target) {
    if (std::holds_alternative<AnyValue>(target)) return scanner_.SkipValue(kMemberLevel);
    if (auto* const raw = std::get_if<std::string_view*>(&target)) {
      const std::size_t from = scanner_.offset();
      scanner_.SkipValue(kMemberLevel);
      **raw = scanner_.TextSince(from);
      return;
    }
    if (scanner_.TakeNull()) return;
    std::visit([this](auto field) { ReadInto(field); }, target);
  }

  void ReadInto(AnyValue /*field*/) {}
  void ReadInto(std::string_view* /*field*/) {}
  void ReadInto(std::string* field) {
    const JsonString text = scanner_.ReadString();
    *field = text.plain ? std::string(text.body) : internal::StringValue(text);
  }
  void ReadInto(bool* field) {
    const std::size_t from = scanner_.offset();
    scanner_.SkipValue(kMemberLevel);
    const std::string_view text = scanner_.TextSince(from);
    if (text != "true" && text != "false") scanner_.Fail("expected true or false");
    *field = text == "true";
  }
  template <class Integer>
  void ReadInto(Integer* field) {
    const std::string_view text = scanner_.ReadNumber();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *field);
    if (error != std::errc{} || end != text.data() + text.size()) scanner_.Fail("expected an integer in range");
  }
  void ReadInto(std::optional<Position>* field) {
    Position& position = field->emplace();
    const Field fields[] = {{"offset", &position.offset}, {"epoch", &position.epoch}};
    ReadMembers(fields);
  }

  void ReadId(std::uint32_t& id) {
    std::uint64_t wide = 0;
    if (scanner_.TakeNull()) return;
    ReadInto(&wide);
    if (wide > std::numeric_limits<std::uint32_t>::max()) scanner_.Fail("an id has 32 bits");
    id = static_cast<std::uint32_t>(wide);
  }

  Body ReadBody(std::size_t index) {
    switch (index) {
      case 0:
        return ReadConnect();
      case 1:
        ReadMembers({});
        return PingCommand{};
      case 2:
        return ReadSubscribe();
      case 3:
        return ReadChannelOnly<UnsubscribeCommand>();
      case 4: {
        PublishCommand publish;
        const Field fields[] = {{"channel", &publish.channel}, {"data", &publish.data}};
        ReadMembers(fields);
        return publish;
      }
      case 5:
        return ReadChannelOnly<PresenceCommand>();
      case 6:
        return ReadChannelOnly<PresenceStatsCommand>();
      case 7: {
        HistoryCommand history;
        const Field fields[] = {{"channel", &history.channel},
                                {"limit", &history.limit},
                                {"since", &history.since},
                                {"reverse", &history.reverse}};
        ReadMembers(fields);
        return history;
      }
      case 8: {
        std::string method;
        const Field fields[] = {{"method", &method}, {"data", AnyValue{}}};
        ReadMembers(fields);
        return RpcCommand{};
      }
      case kSendIndex:
        ReadMembers({});
        return SendCommand{};
      case 10: {
        RefreshCommand refresh;
        const Field fields[] = {{"token", &refresh.token}};
        ReadMembers(fields);
        return refresh;
      }
      default: {
        SubRefreshCommand refresh;
        const Field fields[] = {{"channel", &refresh.channel}, {"token", &refresh.token}};
        ReadMembers(fields);
        return refresh;
      }
    }
  }

  template <class ChannelCommand>
  ChannelCommand ReadChannelOnly() {
    ChannelCommand command;
    const Field fields[] = {{"channel", &command.channel}};
    ReadMembers(fields);
    return command;
  }

  ConnectCommand ReadConnect() {
    ConnectCommand connect;
    std::string name, version;
    std::int64_t flag = 0;
    const Field fields[] = {
        {"token", &connect.token}, {"name", &name}, {"version", &version}, {"flag", &flag}, {"data", AnyValue{}}};
    ReadMembers(fields);
    return connect;
  }

  SubscribeCommand ReadSubscribe() {
    SubscribeCommand subscribe;
    bool positioned = false, recoverable = false;
    const Field fields[] = {
        {"channel", &subscribe.channel},       {"recover", &subscribe.recover}, {"offset", &subscribe.position.offset},
        {"epoch", &subscribe.position.epoch},  {"delta", &subscribe.delta},     {"flag", &subscribe.flag},
        {"token", &subscribe.token},           {"positioned", &positioned},     {"recoverable", &recoverable},
        {"join_leave", &subscribe.join_leave}, {"tf", &subscribe.filter}};
    ReadMembers(fields);
    return subscribe;
  }

  JsonScanner scanner_;
};

}  // namespace

CommandReader::Result CommandReader::Next(Command& command) {
  if (rest_.empty() && !first_) return Result::kEnd;
  first_ = false;
  const std::size_t end = rest_.find('\n');
  const std::string_view line = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
  try {
    if (!IsUtf8(line)) return Result::kMalformed;
    command = LineReader(line).Read();
    return Result::kCommand;
  } catch (const JsonSyntaxError&) {
    return Result::kMalformed;
  }
}

bool IsJsonValue(std::string_view text) {
  try {
    JsonScanner scanner(text);
    scanner.SkipOnlyValue();
    return IsUtf8(text);
  } catch (const JsonSyntaxError&) {
    return false;
  }
}

}  // namespace gapless::hub
