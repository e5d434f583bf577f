#include "transport/centrifuge/emulation.h"

#include <algorithm>

#include "transport/centrifuge/json_member.h"

namespace gapless::centrifuge {
namespace {

constexpr std::string_view kEventField = "data:";
// What is around the commands in a body, with session and node of the usual length twice over.
constexpr std::size_t kBodyOverhead = 256;

// Not internal::AppendJsonString, whose escapes are those of Go: they may take six bytes for one.
void AppendQuoted(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      ((out += "\\u00") += kHex[byte >> 4]) += kHex[byte & 0xf];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string StreamReader::Take(std::string_view bytes) {
  std::string messages;
  if (format_ == StreamFormat::kLines && begun_.empty()) messages.reserve(bytes.size());
  while (!overflowed_) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (part.size() > max_message_bytes_ - begun_.size()) {
      overflowed_ = true;
    } else if (end == std::string_view::npos) {
      begun_.append(part);
      break;
    } else if (begun_.empty()) {
      TakeLine(part, messages);
    } else {
      begun_.append(part);
      TakeLine(begun_, messages);
      begun_.clear();
    }
    bytes.remove_prefix(std::min(bytes.size(), part.size() + 1));
  }
  return messages;
}

void StreamReader::TakeLine(std::string_view line, std::string& messages) const {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (format_ == StreamFormat::kEvents) {
    // Other fields, comments and the blank lines between events say nothing here.
    if (!line.starts_with(kEventField)) return;
    line.remove_prefix(kEventField.size());
  }
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return;
  if (!messages.empty()) messages += '\n';
  messages += line.substr(begin);
}

StreamSession SessionIn(std::string_view first_message) {
  const simdjson::padded_string line(first_message.substr(0, first_message.find('\n')));
  simdjson::dom::parser parser;
  simdjson::dom::element connect;
  StreamSession session;
  if (parser.parse(line).at_key("connect").get(connect) != simdjson::SUCCESS) return session;
  std::string_view text;
  if (connect["session"].get(text) == simdjson::SUCCESS) session.session = text;
  if (connect["node"].get(text) == simdjson::SUCCESS) session.node = text;
  return session;
}

std::string EmulationBody(const StreamSession& session, std::string_view commands) {
  std::string body = "{\"session\":";
  body.reserve(commands.size() + commands.size() / 4 + kBodyOverhead);
  AppendQuoted(body, session.session);
  body += ",\"node\":";
  AppendQuoted(body, session.node);
  body += ",\"data\":";
  AppendQuoted(body, commands);
  body += '}';
  return body;
}

std::size_t CommandsThatFit(std::size_t body_bytes) {
  return body_bytes <= kBodyOverhead ? 0 : (body_bytes - kBodyOverhead) / 2;
}

}  // namespace gapless::centrifuge
