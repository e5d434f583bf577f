#include "examples/demo/history_file.h"

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace demo {
namespace {

/// FNV-1a: two contents with one fingerprint would need far more envelopes than a run has.
std::uint64_t Fingerprint(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  return hash;
}

}  // namespace

void WriteHistory(const std::vector<std::string_view>& publications, const std::string& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  for (const std::string_view publication : publications) file << publication.size() << '\n' << publication << '\n';
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

std::vector<Evidence::Publication> ReadHistory(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<Evidence::Publication> publications;
  std::size_t size = 0;
  while (file >> size) {
    file.get();
    std::string bytes(size, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(size));
    if (!file || file.get() != '\n') throw std::runtime_error(path + " ends inside a publication");
    const nlohmann::json envelope = nlohmann::json::parse(bytes, nullptr, false);
    if (!envelope.is_object() || !envelope.contains("sequence") || !envelope["sequence"].is_number_integer()) {
      throw std::runtime_error("the hub holds something that is no envelope: " + bytes.substr(0, 200));
    }
    publications.push_back({envelope["sequence"].get<std::int64_t>(), Fingerprint(bytes)});
  }
  if (!file.eof()) throw std::runtime_error(path + " is not of the form of a history file");
  return publications;
}

}  // namespace demo
