// What may go into a request. Everything is refused that an engine could read in another way than it was meant.

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>

#include "envelope/quoted.h"
#include "gapless/error.h"
#include "transport/net/http.h"
#include "transport/net/websocket.h"

namespace gapless::net {
namespace {

constexpr std::string_view kHostCharacters = "-._~";
constexpr std::string_view kTokenCharacters = "!#$%&'*+-.^_`|~";
constexpr std::string_view kPathCharacters = "-._~!$&'()*+,;=:@/?%";
constexpr std::string_view kAddressCharacters = ":.";

// Set by every engine itself; a second one of them makes the request ambiguous.
constexpr std::array<std::string_view, 8> kFrameHeaders = {
    "host", "connection", "upgrade", "content-length", "transfer-encoding", "te", "trailer", "expect",
};
constexpr std::array<std::string_view, 4> kUpgradeHeaders = {
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-protocol",
    "sec-websocket-extensions",
};

bool IsAlnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 0x80;
}
bool IsHex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

bool AllAlnumOr(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(),
                     [others](char c) { return IsAlnum(c) || others.find(c) != std::string_view::npos; });
}

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return lowered;
}

/// What URLs of one kind begin with, and how messages speak of them.
struct UrlKind {
  std::string_view plain;
  std::string_view encrypted;
  std::string_view name;
  std::string_view example;
};

constexpr UrlKind kWebSocketUrl{"ws://", "wss://", "WebSocket URL", "ws://host:8000/connection/websocket"};
constexpr UrlKind kHttpUrl{"http://", "https://", "URL", "http://host:8000/path"};

// The URL itself stays out of the message: its query may hold a token.
[[noreturn]] void Refuse(const UrlKind& kind, const std::string& why) {
  throw Error(Errc::kInvalidArgument,
              "the " + std::string(kind.name) + " " + why + "; expected something like " + std::string(kind.example));
}

bool HasWholeEscapes(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || !IsHex(text[at + 1]) || !IsHex(text[at + 2])) return false;
  }
  return true;
}

void CheckAuthority(const UrlKind& kind, std::string_view authority) {
  if (authority.find('@') != std::string_view::npos)
    Refuse(kind, "holds credentials, which belong into a token or header");
  std::string_view host = authority;
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    host = authority.substr(0, end == std::string_view::npos ? end : end + 1);
    const std::string_view address = host.substr(1, host.size() < 2 ? 0 : host.size() - 2);
    const bool is_address = !address.empty() && std::all_of(address.begin(), address.end(), [](char c) {
      return IsHex(c) || kAddressCharacters.find(c) != std::string_view::npos;
    });
    if (end == std::string_view::npos || !is_address) Refuse(kind, "holds no valid address in brackets");
    const std::string_view rest = authority.substr(end + 1);
    has_port = rest.starts_with(':');
    if (!rest.empty() && !has_port) Refuse(kind, "holds text after the address in brackets");
    if (has_port) port = rest.substr(1);
  } else if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    has_port = true;
  }
  if (host.empty()) Refuse(kind, "names no host");
  if (!host.starts_with('[') && !AllAlnumOr(host, kHostCharacters))
    Refuse(kind, "names a host with characters that none has");
  if (!has_port) return;
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size() || number == 0)
    Refuse(kind, "names no port of 1 to 65535");
}

void CheckUrl(const UrlKind& kind, std::string_view url) {
  std::string_view rest = url;
  if (rest.starts_with(kind.plain)) {
    rest.remove_prefix(kind.plain.size());
  } else if (rest.starts_with(kind.encrypted)) {
    rest.remove_prefix(kind.encrypted.size());
  } else {
    Refuse(kind, "begins with neither " + std::string(kind.plain) + " nor " + std::string(kind.encrypted));
  }
  if (rest.find('#') != std::string_view::npos) Refuse(kind, "holds a fragment, which no server gets to see");
  const std::size_t path_at = std::min(rest.find_first_of("/?"), rest.size());
  CheckAuthority(kind, rest.substr(0, path_at));
  const std::string_view path = rest.substr(path_at);
  if (!AllAlnumOr(path, kPathCharacters) || !HasWholeEscapes(path)) {
    Refuse(kind, "holds a path or query with characters that must be percent-encoded");
  }
}

template <std::size_t kCount>
bool IsIn(const std::array<std::string_view, kCount>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// `frame` says what sets the headers that nobody else may set.
void CheckHeader(std::string_view name, std::string_view value, const char* frame, bool upgrade) {
  if (name.empty() || !AllAlnumOr(name, kTokenCharacters)) {
    throw Error(Errc::kInvalidArgument, "the header name " + internal::QuotedExcerpt(name) + " is not one");
  }
  const std::string lowered = Lowered(name);
  if (IsIn(kFrameHeaders, lowered) || (upgrade && IsIn(kUpgradeHeaders, lowered))) {
    throw Error(Errc::kInvalidArgument, "the header " + internal::QuotedExcerpt(name) + " belongs to the " + frame +
                                            " itself and cannot be set");
  }
  const bool one_line = std::none_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || static_cast<unsigned char>(c) == 0x7F;
  });
  if (!one_line) {
    throw Error(Errc::kInvalidArgument,
                "the value of the header " + internal::QuotedExcerpt(name) + " holds control characters");
  }
}

}  // namespace

void CheckWebSocketUrl(std::string_view url) { CheckUrl(kWebSocketUrl, url); }
void CheckHttpUrl(std::string_view url) { CheckUrl(kHttpUrl, url); }

void CheckUpgradeHeader(std::string_view name, std::string_view value) {
  CheckHeader(name, value, "WebSocket upgrade", true);
}
void CheckHttpHeader(std::string_view name, std::string_view value) { CheckHeader(name, value, "request", false); }

}  // namespace gapless::net
