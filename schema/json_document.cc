#include "schema/json_document.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "envelope/json_scanner.h"
#include "envelope/json_string.h"
#include "envelope/quoted.h"

namespace gapless::internal {
namespace {

using Json = nlohmann::json;

Json FromDouble(double number) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (number >= -kTwoTo63 && number < kTwoTo63 && std::trunc(number) == number) {
    return static_cast<std::int64_t>(number);
  }
  return number;
}

/// Builds a DOM from the parser's events, within limits.
class DocumentBuilder : public Json::json_sax_t {
 public:
  DocumentBuilder(const DocumentLimits& limits, DocumentUse use) : limits_(limits), use_(use) {}

  Json TakeRoot() { return std::move(root_); }
  /// Why the last event was not taken; nothing when the parser itself gave up.
  std::optional<DocumentError> TakeError() { return std::move(error_); }

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override {
    return Add(use_ == DocumentUse::kRegistry ? Json(value) : FromDouble(static_cast<double>(value)));
  }
  bool number_unsigned(number_unsigned_t value) override {
    const bool fits = value <= static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
    if (use_ == DocumentUse::kRegistry && fits) return number_integer(static_cast<std::int64_t>(value));
    return number_float(static_cast<double>(value), {});
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return Add(use_ == DocumentUse::kRegistry ? Json(value) : FromDouble(value));
  }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return Open(Json::object()); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t /*size*/) override { return Open(Json::array()); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    if (use_ != DocumentUse::kPayload && open_.back()->contains(name)) {
      return Refuse({false, "the key " + QuotedExcerpt(name) + " appears twice in one object"});
    }
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  bool Refuse(DocumentError error) {
    error_ = std::move(error);
    return false;
  }

  Json* Place(Json value) {
    if (++values_ > limits_.max_values) {
      Refuse({true, "more than " + std::to_string(limits_.max_values) + " values"});
      return nullptr;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return &open_.back()->back();
    }
    Json& member = (*open_.back())[key_];
    member = std::move(value);
    return &member;
  }

  bool Add(Json value) { return Place(std::move(value)) != nullptr; }

  bool Open(Json container) {
    if (open_.size() == limits_.max_depth) {
      return Refuse({true, "nested deeper than " + std::to_string(limits_.max_depth) + " levels"});
    }
    Json* place = Place(std::move(container));
    if (place == nullptr) return false;
    open_.push_back(place);
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  const DocumentLimits limits_;
  const DocumentUse use_;
  Json root_;
  // While a container is open nothing is added to those around it, so these stay valid.
  std::vector<Json*> open_;
  std::string key_;
  std::size_t values_ = 0;
  std::optional<DocumentError> error_;
};

void CheckGrammar(std::string_view text) {
  JsonScanner scanner(text);
  try {
    scanner.SkipOnlyValue();
  } catch (const JsonSyntaxError& error) {
    throw DocumentError{false, "byte " + std::to_string(error.offset) + ": " + error.reason};
  }
}

std::optional<Json> TryRead(std::string_view text, const DocumentLimits& limits, DocumentUse use) {
  DocumentBuilder builder(limits, use);
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return builder.TakeRoot();
  if (auto error = builder.TakeError()) throw std::move(*error);
  return std::nullopt;
}

}  // namespace

Json ReadDocument(std::string_view text, const DocumentLimits& limits, DocumentUse use) {
  if (text.size() > limits.max_bytes) {
    throw DocumentError{true, std::to_string(text.size()) + " bytes, the limit is " + std::to_string(limits.max_bytes)};
  }
  CheckGrammar(text);
  if (auto document = TryRead(text, limits, use)) return std::move(*document);
  // The grammar holds, so it was a string that is not UTF-8, or a number.
  if (auto document = TryRead(WithRepairedStrings(text), limits, use)) return std::move(*document);
  throw DocumentError{false, "a number is too large for a double"};
}

}  // namespace gapless::internal
