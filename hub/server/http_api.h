#ifndef GAPLESS_HUB_SERVER_HTTP_API_H_
#define GAPLESS_HUB_SERVER_HTTP_API_H_

#include <optional>
#include <string>
#include <string_view>

#include "hub/core.h"

namespace gapless::hub {

/// What matters of a request to the HTTP API.
struct ApiRequest {
  /// Such as POST.
  std::string verb;
  /// Path and query.
  std::string target;
  /// The header fields `X-API-Key`, `Authorization` and `X-Centrifugo-Error-Mode`.
  std::string api_key;
  std::string authorization;
  std::string error_mode;
  std::string body;
};

struct ApiResponse {
  unsigned status = 200;
  std::string content_type;
  std::string body;
};

/// Whether `target` is /health or, if there is an API at all, below /api/.
bool IsForApi(std::string_view target, std::string_view api_key);

/// The answer to a request that needs no look at its body, in this order: 200 to /health, 404 for a method that does
/// not exist, 405 unless it is a POST, 401 without the right key. Else none.
std::optional<ApiResponse> AnswerWithoutBody(const ApiRequest& request, std::string_view api_key);

/// The answer to a request for which `AnswerWithoutBody` has none: 400 if the body is not JSON of the right types, else
/// 200 and a `result` or an `error`, which error mode "transport" turns into a status of its own. Data is passed on as
/// it was sent.
///
/// Asking for what the hub does not do (b64data, idempotency_key, version, a pattern of channels) is error 108.
ApiResponse AnswerApi(const ApiRequest& request, Hub::Core& core);

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_HTTP_API_H_
