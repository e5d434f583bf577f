#include "tests/unit/envelope/fixtures.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace gapless::test {

Envelope Sample() {
  Envelope envelope;
  envelope.channel = "public:app.domain.id.topic";
  envelope.sequence = 1;
  envelope.producer = {"u-1", ProducerKind::kUser};
  envelope.aspect = "data";
  envelope.produced_at = Milliseconds(1'779'891'729'331);
  return envelope;
}

Envelope SampleWithPayload(std::string payload) {
  Envelope envelope = Sample();
  envelope.payload = std::move(payload);
  return envelope;
}

Timestamp Milliseconds(std::int64_t since_1970) { return Timestamp{std::chrono::milliseconds{since_1970}}; }

namespace {

std::string PathOf(const std::string& name) {
  return std::string(GAPLESS_SOURCE_DIR) + "/tests/golden/envelope/" + name;
}

std::ifstream OpenGolden(const std::string& name) {
  std::ifstream file(PathOf(name), std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + PathOf(name));
  return file;
}

}  // namespace

std::string ReadGolden(const std::string& name) {
  std::ifstream file = OpenGolden(name);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<nlohmann::json> ReadGoldenLines(const std::string& name) {
  std::ifstream file = OpenGolden(name);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  if (lines.empty()) throw std::runtime_error(PathOf(name) + " is empty");
  return lines;
}

std::string Bytes(const nlohmann::json& text) {
  const auto& utf8 = text.get_ref<const std::string&>();
  std::string bytes;
  for (std::size_t at = 0; at < utf8.size(); ++at) {
    const auto lead = static_cast<unsigned char>(utf8[at]);
    if (lead < 0x80) {
      bytes += utf8[at];
    } else {
      ++at;
      bytes += static_cast<char>((lead & 0x03) << 6 | (static_cast<unsigned char>(utf8.at(at)) & 0x3F));
    }
  }
  return bytes;
}

ProducerKind KindOf(std::string_view text) {
  if (text.empty()) return ProducerKind::kUnspecified;
  if (text == "user") return ProducerKind::kUser;
  if (text == "agent") return ProducerKind::kAgent;
  if (text == "service") return ProducerKind::kService;
  return ProducerKind::kUnknown;
}

FencedText::FencedText(std::string_view text) {
  const auto page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t readable = (text.size() / page_bytes + 1) * page_bytes;
  mapped_bytes_ = readable + page_bytes;
  pages_ = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages_ == MAP_FAILED) throw std::runtime_error("mmap failed");
  char* const fence = static_cast<char*>(pages_) + readable;
  if (mprotect(fence, page_bytes, PROT_NONE) != 0) throw std::runtime_error("mprotect failed");
  if (!text.empty()) std::memcpy(fence - text.size(), text.data(), text.size());
  text_ = {fence - text.size(), text.size()};
}

FencedText::~FencedText() { munmap(pages_, mapped_bytes_); }

}  // namespace gapless::test
