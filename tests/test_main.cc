#define BOOST_TEST_MODULE gapless
#include <boost/test/unit_test.hpp>
