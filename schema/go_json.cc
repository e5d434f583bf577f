#include "schema/go_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "envelope/json_string.h"

namespace gapless::internal {
namespace {

/// Go writes plain decimals from 1e-6 up to, not including, 1e21, and d.ddde±x beyond.
bool IsWrittenPlain(double number) {
  const double size = std::fabs(number);
  return size == 0 || (size >= 1e-6 && size < 1e21);
}

void AppendPlain(std::string& out, std::string_view digits, int exponent) {
  const int count = static_cast<int>(digits.size());
  if (exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-exponent - 1), '0');
    out += digits;
    return;
  }
  const int before_point = exponent + 1;
  if (count <= before_point) {
    out += digits;
    out.append(static_cast<std::size_t>(before_point - count), '0');
    return;
  }
  out += digits.substr(0, static_cast<std::size_t>(before_point));
  out += '.';
  out += digits.substr(static_cast<std::size_t>(before_point));
}

void AppendScientific(std::string& out, std::string_view digits, int exponent) {
  out += digits[0];
  if (digits.size() > 1) {
    out += '.';
    out += digits.substr(1);
  }
  out += exponent < 0 ? "e-" : "e+";
  out += std::to_string(exponent < 0 ? -exponent : exponent);
}

void AppendNumber(std::string& out, double number) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), std::fabs(number), std::chars_format::scientific);
  const std::string_view written(text.data(), static_cast<std::size_t>(end.ptr - text.data()));
  const std::size_t mark = written.find('e');
  int exponent = 0;
  const std::size_t sign_skip = written[mark + 1] == '+' ? 2 : 1;
  std::from_chars(written.data() + mark + sign_skip, written.data() + written.size(), exponent);
  std::string digits;
  for (const char c : written.substr(0, mark)) {
    if (c != '.') digits += c;
  }
  if (std::signbit(number)) out += '-';
  if (IsWrittenPlain(number)) {
    AppendPlain(out, digits, exponent);
  } else {
    AppendScientific(out, digits, exponent);
  }
}

}  // namespace

void AppendGoValue(std::string& out, const nlohmann::json& value) {
  switch (value.type()) {
    case nlohmann::json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return;
    case nlohmann::json::value_t::number_integer:
    case nlohmann::json::value_t::number_unsigned:
    case nlohmann::json::value_t::number_float:
      AppendNumber(out, value.get<double>());
      return;
    case nlohmann::json::value_t::string:
      AppendJsonString(out, value.get_ref<const std::string&>());
      return;
    case nlohmann::json::value_t::array: {
      char before = '[';
      for (const auto& item : value) {
        out += before;
        AppendGoValue(out, item);
        before = ',';
      }
      out += value.empty() ? "[]" : "]";
      return;
    }
    case nlohmann::json::value_t::object: {
      char before = '{';
      for (const auto& [name, member] : value.items()) {
        out += before;
        AppendJsonString(out, name);
        out += ':';
        AppendGoValue(out, member);
        before = ',';
      }
      out += value.empty() ? "{}" : "}";
      return;
    }
    default:
      out += "null";
      return;
  }
}

}  // namespace gapless::internal
