# The one table of the libraries that gapless stands on, read by the build and, installed, by find_package(gapless).
#
# GAPLESS_DEPENDENCY_<name>: the package that find_package wants, then the names its target may have. Conan's recipes
# and Debian's packages agree on the package names but not on all target names.
set(GAPLESS_DEPENDENCY_json nlohmann_json nlohmann_json::nlohmann_json)
set(GAPLESS_DEPENDENCY_simdjson simdjson simdjson::simdjson)
set(GAPLESS_DEPENDENCY_sqlite SQLite3 SQLite::SQLite3 SQLite3::SQLite3)
set(GAPLESS_DEPENDENCY_sqlitecpp SQLiteCpp SQLiteCpp::SQLiteCpp SQLiteCpp)
set(GAPLESS_DEPENDENCY_valijson valijson ValiJSON::valijson valijson)
set(GAPLESS_DEPENDENCY_re2 re2 re2::re2)
set(GAPLESS_DEPENDENCY_cpprest cpprestsdk cpprestsdk::cpprest)
set(GAPLESS_DEPENDENCY_openssl OpenSSL OpenSSL::SSL)
set(GAPLESS_DEPENDENCY_boost Boost Boost::headers Boost::boost)

# For packages that have no config file everywhere.
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})

# gapless_dependency_target(OUT NAME): the target of that dependency, under the name it has here.
function(gapless_dependency_target out name)
  set(candidates ${GAPLESS_DEPENDENCY_${name}})
  list(POP_FRONT candidates package)
  foreach(candidate IN LISTS candidates)
    if(TARGET ${candidate})
      set(${out} ${candidate} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "gapless: the package ${package} was found but has none of the targets ${candidates}")
endfunction()
