#include "examples/demo/line_splitter.h"

#include <algorithm>
#include <stdexcept>

namespace demo {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kLongestUtf8 = 4;

bool ContinuesCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Where to cut a line that goes on: not inside a UTF-8 character, so that both slices stay readable text.
std::size_t SliceSize(std::string_view line) {
  std::size_t cut = kMaxPartBytes;
  while (kMaxPartBytes - cut < kLongestUtf8 && ContinuesCharacter(line[cut])) --cut;
  return ContinuesCharacter(line[cut]) ? kMaxPartBytes : cut;
}

}  // namespace

std::optional<Part> LineSplitter::Next() {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  const std::size_t newline = rest.substr(0, kMaxPartBytes + 1).find('\n');
  Part part;
  if (newline != std::string_view::npos) {
    part = {std::string(rest.substr(0, newline)), true};
  } else if (rest.size() > kMaxPartBytes) {
    part = {std::string(rest.substr(0, SliceSize(rest))), false};
  } else if (ended_ && !rest.empty()) {
    part = {std::string(rest), false};
  } else {
    buffer_.erase(0, begin_);
    begin_ = 0;
    return std::nullopt;
  }
  begin_ += part.size();
  return part;
}

PartReader::PartReader(const std::string& path, std::uint64_t offset) : path_(path), file_(path, std::ios::binary) {
  if (!file_ || !file_.seekg(static_cast<std::streamoff>(offset))) {
    throw std::runtime_error("cannot read " + path + " from byte " + std::to_string(offset));
  }
}

std::optional<Part> PartReader::Next() {
  for (;;) {
    if (auto part = splitter_.Next()) return part;
    if (file_.eof()) return std::nullopt;
    std::string bytes(kReadBytes, '\0');
    file_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (file_.bad()) throw std::runtime_error("reading " + path_ + " failed");
    splitter_.Feed(std::string_view(bytes).substr(0, static_cast<std::size_t>(file_.gcount())));
    if (file_.eof()) splitter_.End();
  }
}

std::int64_t CountParts(const std::string& path) {
  PartReader reader(path, 0);
  std::int64_t count = 0;
  while (reader.Next()) ++count;
  return count;
}

}  // namespace demo
