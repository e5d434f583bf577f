#include "examples/demo/input.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string_view>

#include "examples/demo/child.h"

namespace demo {
namespace {

constexpr const char* kLogName = "dpkg.log";
constexpr const char* kAdvice = "; name something else to ship with --input FILE, or - for standard input";
constexpr double kUnpackSeconds = 60;

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// 0 for the log itself, n for its n-th sibling, nothing for other files.
std::optional<unsigned> Age(std::string_view name, std::string_view log) {
  if (name == log) return 0;
  if (EndsWith(name, ".gz")) name.remove_suffix(3);
  if (name.size() < log.size() + 2 || name.substr(0, log.size()) != log || name[log.size()] != '.') return std::nullopt;
  name.remove_prefix(log.size() + 1);
  unsigned age = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), age);
  if (error != std::errc() || end != name.data() + name.size() || age == 0) return std::nullopt;
  return age;
}

void Append(std::istream& from, const std::string& name, std::ofstream& to) {
  char buffer[64 * 1024];
  while (from.read(buffer, sizeof buffer) || from.gcount() > 0) to.write(buffer, from.gcount());
  if (from.bad()) throw InputError("reading " + name + " failed");
  if (!to.flush()) throw InputError("the copy of the input cannot be written; is the disk full?");
}

void AppendFile(const std::string& path, std::ofstream& to) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) throw InputError("cannot read " + path + kAdvice);
  Append(file, path, to);
}

void AppendUnpacked(const std::string& path, const std::string& scratch, std::ofstream& to) {
  {
    std::ofstream copy(scratch + ".gz", std::ios::binary | std::ios::trunc);
    AppendFile(path, copy);
  }
  Child gzip({"gzip", "-d", "-f", scratch + ".gz"}, scratch + ".err");
  const auto ended = gzip.AwaitEnd(kUnpackSeconds);
  if (ended != "exit status 0") throw InputError("gzip could not unpack " + path + ": " + ended.value_or("no end"));
  AppendFile(scratch, to);
  for (const char* suffix : {"", ".gz", ".err"}) std::filesystem::remove(scratch + suffix);
}

std::string SpoolPackageLog(const std::string& folder, const std::string& spool, std::ofstream& to) {
  std::vector<std::string> names;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
    names.push_back(entry.path().filename().string());
  }
  const auto ordered = OrderRotated(names, kLogName);
  if (ordered.empty()) {
    throw InputError("this machine has no package log (" + folder + "/" + kLogName + ")" + kAdvice);
  }
  for (const std::string& name : ordered) {
    const std::string path = folder + "/" + name;
    if (EndsWith(name, ".gz")) {
      AppendUnpacked(path, spool + ".unpacked", to);
    } else {
      AppendFile(path, to);
    }
  }
  const std::string siblings = std::to_string(ordered.size() - 1);
  return folder + "/" + kLogName + (ordered.size() == 1 ? "" : " and " + siblings + " rotated before it");
}

}  // namespace

std::vector<std::string> OrderRotated(const std::vector<std::string>& names, const std::string& log) {
  std::map<unsigned, std::string, std::greater<>> by_age;
  for (const std::string& name : names) {
    const auto age = Age(name, log);
    if (!age) continue;
    // While a log is being packed both forms exist for a moment; the packed one is the unfinished copy.
    auto [entry, is_new] = by_age.emplace(*age, name);
    if (!is_new && EndsWith(entry->second, ".gz")) entry->second = name;
  }
  std::vector<std::string> ordered;
  for (auto& [age, name] : by_age) ordered.push_back(std::move(name));
  return ordered;
}

std::string SpoolInput(const std::string& input, const std::string& spool, const std::string& log_folder) {
  std::ofstream to(spool, std::ios::binary | std::ios::trunc);
  if (!to) throw InputError("cannot write " + spool);
  std::string what = input;
  if (input.empty()) {
    what = SpoolPackageLog(log_folder, spool, to);
  } else if (input == "-") {
    what = "standard input";
    Append(std::cin, what, to);
  } else {
    AppendFile(input, to);
  }
  to.close();
  if (std::filesystem::file_size(spool) == 0) throw InputError(what + " is empty: there is nothing to ship" + kAdvice);
  return what;
}

}  // namespace demo
