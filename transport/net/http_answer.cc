#include "transport/net/http_answer.h"

namespace gapless::net {

Error HttpFailure(HttpStep step, const std::string& detail) {
  switch (step) {
    case HttpStep::kConnecting:
      return Error(Errc::kConnectFailed, "the request could not be sent: " + detail);
    case HttpStep::kSent:
      return Error(Errc::kConnectionLost, "the request was sent and not answered: " + detail);
    case HttpStep::kAnswering:
      break;
  }
  return Error(Errc::kConnectionLost, "the answer broke off: " + detail);
}

Error HttpTimeout(std::chrono::milliseconds timeout) {
  return Error(Errc::kTimeout, "no whole answer came within " + std::to_string(timeout.count()) + " ms of the request");
}

Error HttpBodyTooLarge(std::size_t max_body_bytes) {
  return Error(Errc::kTooLarge, "the answer has a body of more than " + std::to_string(max_body_bytes) +
                                    " bytes, which is more than is taken");
}

void AddHeader(HttpResponse& head, std::string_view name, std::string_view value) {
  std::string lowered(name);
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  const auto [header, is_first] = head.headers.emplace(std::move(lowered), value);
  if (!is_first) header->second.append(", ").append(value);
}

}  // namespace gapless::net
