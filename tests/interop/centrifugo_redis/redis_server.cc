#include "tests/interop/centrifugo_redis/redis_server.h"

#include <string>

namespace gapless::test {

RedisServer::RedisServer() : process_("PING\r\n", "+PONG") {
  process_.SetCommand({GAPLESS_REDIS, "--bind", "127.0.0.1", "--port", std::to_string(process_.port()), "--save", "",
                       "--appendonly", "no", "--dir", process_.folder().string()});
  process_.Start();
}

}  // namespace gapless::test
