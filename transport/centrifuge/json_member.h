#ifndef GAPLESS_TRANSPORT_CENTRIFUGE_JSON_MEMBER_H_
#define GAPLESS_TRANSPORT_CENTRIFUGE_JSON_MEMBER_H_

#include <simdjson.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "envelope/quoted.h"

namespace gapless::centrifuge {

// Typed reading of JSON objects on simdjson's on-demand parser, which goes through the text once and looks at
// nothing that it is not asked for. For the decoder's own use: the exceptions below never leave it.

namespace ondemand = simdjson::ondemand;

// The text is not JSON at all.
struct Broken {
  std::string why;
};

// JSON, but not what the protocol has in this place.
struct WrongShape {
  std::string why;
};

// The members of one object that we know; each may appear once.
template <std::size_t kCount>
using Keys = std::array<std::string_view, kCount>;

// The value has a type, spelling or range that is not expected, while the text around it is JSON.
inline bool IsOfShape(simdjson::error_code error) {
  return error == simdjson::INCORRECT_TYPE || error == simdjson::NUMBER_ERROR ||
         error == simdjson::NUMBER_OUT_OF_RANGE || error == simdjson::STRING_ERROR || error == simdjson::N_ATOM_ERROR;
}

inline void Check(simdjson::error_code error) {
  if (error != simdjson::SUCCESS) throw Broken{simdjson::error_message(error)};
}

inline void CheckShape(simdjson::error_code error, std::string_view key, const char* expected) {
  if (error == simdjson::SUCCESS) return;
  if (!IsOfShape(error)) throw Broken{simdjson::error_message(error)};
  throw WrongShape{internal::Quoted(key) + " is not " + expected};
}

inline std::string_view Trimmed(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

/// One member of an object, read at most once.
class Member {
 public:
  Member(std::string_view key, ondemand::value& value) : key_(key), value_(value) {}

  std::string_view key() const { return key_; }

  bool IsNull() {
    bool is_null = false;
    CheckShape(value_.is_null().get(is_null), key_, "null, though it begins like it");
    return is_null;
  }
  void Read(std::string& text) {
    if (IsNull()) return;
    std::string_view view;
    CheckShape(value_.get_string().get(view), key_, "text");
    text = view;
  }
  void Read(bool& flag) {
    if (IsNull()) return;
    CheckShape(value_.get_bool().get(flag), key_, "true or false");
  }
  void Read(std::uint64_t& number) {
    if (IsNull()) return;
    CheckShape(value_.get_uint64().get(number), key_, "an integer from 0 to 2^64 - 1");
  }
  void Read(std::int64_t& number) {
    if (IsNull()) return;
    CheckShape(value_.get_int64().get(number), key_, "an integer from -2^63 to 2^63 - 1");
  }
  void Read(std::uint32_t& number) {
    std::uint64_t wide = number;
    Read(wide);
    if (wide > std::numeric_limits<std::uint32_t>::max()) {
      throw WrongShape{internal::Quoted(key_) + " is above 2^32 - 1"};
    }
    number = static_cast<std::uint32_t>(wide);
  }
  /// The value as it stands in the text.
  void ReadRaw(std::string& json) {
    ondemand::json_type type{};
    Check(value_.type().get(type));
    std::string_view raw;
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      Check(value_.get_object().get(object));
      Check(object.raw_json().get(raw));
    } else if (type == ondemand::json_type::array) {
      ondemand::array array;
      Check(value_.get_array().get(array));
      Check(array.raw_json().get(raw));
    } else {
      raw = value_.raw_json_token();
    }
    json = Trimmed(raw);
  }

  /// Calls `read(index, member)` for each member of this object whose key is in `keys`; `other(member)` for the rest.
  /// `null` is an object without members.
  template <std::size_t kCount, typename OnMember, typename OnOther>
  void ReadObject(const Keys<kCount>& keys, const OnMember& read, const OnOther& other) {
    if (IsNull()) return;
    ondemand::object object;
    CheckShape(value_.get_object().get(object), key_, "an object");
    ForEachMember(object, keys, read, other);
  }
  template <std::size_t kCount, typename OnMember>
  void ReadObject(const Keys<kCount>& keys, const OnMember& read) {
    ReadObject(keys, read, [](Member&) {});
  }
  template <typename OnElement>
  void ReadArray(const OnElement& read) {
    if (IsNull()) return;
    ondemand::array array;
    CheckShape(value_.get_array().get(array), key_, "a list");
    for (auto element : array) {
      ondemand::value value;
      Check(std::move(element).get(value));
      Member member(key_, value);
      read(member);
    }
  }

  template <std::size_t kCount, typename OnMember, typename OnOther>
  static void ForEachMember(ondemand::object& object, const Keys<kCount>& keys, const OnMember& read,
                            const OnOther& other) {
    unsigned seen = 0;
    for (auto result : object) {
      ondemand::field field;
      Check(std::move(result).get(field));
      std::string_view key;
      Check(field.unescaped_key().get(key));
      Member member(key, field.value());
      std::size_t index = 0;
      while (index < kCount && keys[index] != key) ++index;
      if (index == kCount) {
        other(member);
        continue;
      }
      if ((seen & (1U << index)) != 0) throw WrongShape{internal::Quoted(key) + " appears twice"};
      seen |= 1U << index;
      read(index, member);
    }
  }

 private:
  const std::string_view key_;
  ondemand::value& value_;
};

}  // namespace gapless::centrifuge

#endif  // GAPLESS_TRANSPORT_CENTRIFUGE_JSON_MEMBER_H_
