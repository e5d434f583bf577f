# Finds the libraries and gives each one name of ours, gapless_dep_<name>, which a room lists under DEPENDS.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)  # Boost by its own config file, which both Debian and Conan have.
endif()

include(${CMAKE_CURRENT_LIST_DIR}/gapless-dependencies.cmake)

find_package(Threads REQUIRED)
foreach(name IN ITEMS json simdjson sqlite sqlitecpp valijson re2 cpprest openssl boost)
  list(GET GAPLESS_DEPENDENCY_${name} 0 package)
  find_package(${package} REQUIRED)
  gapless_dependency_target(target ${name})
  add_library(gapless_dep_${name} INTERFACE)
  target_link_libraries(gapless_dep_${name} INTERFACE ${target})
endforeach()

# Nothing of these is left to link once a room is compiled, so users of an installed gapless need not have them.
set(GAPLESS_HEADER_ONLY_DEPENDENCIES gapless_dep_valijson gapless_dep_boost)
