#ifndef GAPLESS_TESTS_SANITIZED_H_
#define GAPLESS_TESTS_SANITIZED_H_

namespace gapless::test {

/// Whether a sanitizer watches. Then everything takes many times as long, so long tests do a share of their work, and
/// memory that was freed is kept.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_SANITIZED_H_
