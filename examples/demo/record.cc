#include "examples/demo/record.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "examples/demo/text_bytes.h"

namespace demo {
namespace {

/// Split at every single space; a line of dpkg's never has two together.
std::vector<std::string> Words(std::string_view line) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  for (std::size_t space = line.find(' '); space != std::string_view::npos; space = line.find(' ', begin)) {
    words.emplace_back(line.substr(begin, space - begin));
    begin = space + 1;
  }
  words.emplace_back(line.substr(begin));
  return words;
}

bool Matches(std::string_view text, std::string_view digits_form) {
  return text.size() == digits_form.size() &&
         std::equal(text.begin(), text.end(), digits_form.begin(),
                    [](char c, char form) { return form == '0' ? c >= '0' && c <= '9' : c == form; });
}

Raw ToRaw(const Part& part) {
  if (IsUtf8(part.bytes)) return {"utf-8", part.bytes, part.ends_line};
  return {"base64", ToBase64(part.bytes), part.ends_line};
}

}  // namespace

Record ToRecord(const Part& part) {
  const Raw raw = ToRaw(part);
  const Record plain{"line", LineEvent{raw}};
  if (raw.encoding != "utf-8") return plain;
  const std::vector<std::string> words = Words(part.bytes);
  const bool complete = std::none_of(words.begin(), words.end(), [](const std::string& word) { return word.empty(); });
  if (!complete || words.size() < 5 || !Matches(words[0], "0000-00-00") || !Matches(words[1], "00:00:00")) return plain;

  const std::string at = words[0] + " " + words[1];
  const std::string& verb = words[2];
  if (verb == "startup" && words.size() == 5) return {verb, StartupEvent{at, words[3], words[4], raw}};
  if (verb == "conffile" && words.size() == 5) return {verb, ConffileEvent{at, words[3], words[4], raw}};
  if (words.size() != 6) return plain;
  if (verb == "status") return {verb, StatusEvent{at, words[3], words[4], words[5], raw}};
  if (std::find(std::begin(kActions), std::end(kActions), verb) != std::end(kActions)) {
    return {verb, ActionEvent{at, words[3], words[4], words[5], raw}};
  }
  return plain;
}

Part ToPart(const Raw& raw) {
  if (raw.encoding == "base64") return {FromBase64(raw.text), raw.newline};
  if (raw.encoding == "utf-8") return {raw.text, raw.newline};
  throw std::invalid_argument("unknown encoding \"" + raw.encoding + "\"");
}

}  // namespace demo
