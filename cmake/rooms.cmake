# A room is a folder of sources compiled once as an object library; tests link single rooms, users link all.
set(GAPLESS_ROOMS "" CACHE INTERNAL "")
set(GAPLESS_HUB_ROOMS "" CACHE INTERNAL "")

# gapless_compile_options(TARGET): how everything of ours is compiled. None of it reaches those who link to us, except
# that a program must be linked with the sanitizers of its parts.
function(gapless_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                                           $<$<BOOL:${GAPLESS_WARNINGS_AS_ERRORS}>:-Werror>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # When it optimises, GCC 12 takes string::replace, and so `"text" + string`, for a copy onto itself or beyond all
    # bounds (GCC bugs 105651 and 105329), inside other people's headers too.
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
  endif()
  if(GAPLESS_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${GAPLESS_SANITIZE} -fno-sanitize-recover=all
                                             -fno-omit-frame-pointer)
    if(GAPLESS_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # g++ warns of the fences inside Boost.Asio, which its thread sanitizer does not model.
      target_compile_options(${target} PRIVATE -Wno-tsan)
    endif()
    target_link_options(${target} PUBLIC -fsanitize=${GAPLESS_SANITIZE})
  endif()
endfunction()

# The standard headers that nearly every file of every room includes, precompiled once for all rooms.
if(GAPLESS_PRECOMPILE)
  add_library(gapless_precompiled OBJECT ${CMAKE_CURRENT_LIST_DIR}/precompiled.cc)
  set_target_properties(gapless_precompiled PROPERTIES POSITION_INDEPENDENT_CODE ON)
  gapless_compile_options(gapless_precompiled)
  target_precompile_headers(gapless_precompiled PRIVATE <algorithm> <chrono> <condition_variable> <functional> <map>
                            <memory> <mutex> <optional> <string> <variant> <vector>)
endif()

# gapless_room(NAME SOURCES... [HUB] [DEPENDS dep...]): HUB puts it into gapless::hub instead of gapless::gapless.
function(gapless_room name)
  cmake_parse_arguments(ARG "HUB" "" "SOURCES;DEPENDS" ${ARGN})
  if(NOT ARG_SOURCES)  # A room that has only headers yet.
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cc "")
    set(ARG_SOURCES ${CMAKE_CURRENT_BINARY_DIR}/${name}_empty.cc)
  endif()
  set(room gapless_room_${name})
  add_library(${room} OBJECT ${ARG_SOURCES})
  set_target_properties(${room} PROPERTIES POSITION_INDEPENDENT_CODE ON GAPLESS_DEPENDS "${ARG_DEPENDS}")
  target_include_directories(${room} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
  gapless_compile_options(${room})
  target_link_libraries(${room} PUBLIC gapless_dep_json Threads::Threads ${ARG_DEPENDS})
  if(GAPLESS_PRECOMPILE)
    target_precompile_headers(${room} REUSE_FROM gapless_precompiled)
  endif()
  if(ARG_HUB)
    set(GAPLESS_HUB_ROOMS ${GAPLESS_HUB_ROOMS} ${room} CACHE INTERNAL "")
  else()
    set(GAPLESS_ROOMS ${GAPLESS_ROOMS} ${room} CACHE INTERNAL "")
  endif()
endfunction()

# gapless_library(TARGET EXPORT_NAME ROOMS...): one library of ours, made of rooms and linked to what they need. Those
# needs stay out of the export, where their names would be fixed; GAPLESS_LINKS lists them for the config file instead.
function(gapless_library target export_name)
  add_library(${target})
  add_library(gapless::${export_name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                                             EXPORT_NAME ${export_name} LINKER_LANGUAGE CXX)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  set(links "")
  foreach(room IN LISTS ARGN)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${room}>)
    get_target_property(depends ${room} GAPLESS_DEPENDS)
    list(APPEND links ${depends})
  endforeach()
  list(REMOVE_DUPLICATES links)
  list(REMOVE_ITEM links ${GAPLESS_HEADER_ONLY_DEPENDENCIES})
  foreach(link IN LISTS links)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${link}>)
  endforeach()
  list(TRANSFORM links REPLACE "^gapless_dep_" "")
  set_target_properties(${target} PROPERTIES GAPLESS_LINKS "${links}")
  if(GAPLESS_SANITIZE)
    target_link_options(${target} PUBLIC -fsanitize=${GAPLESS_SANITIZE})
  endif()
  if(BUILD_SHARED_LIBS AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
    target_link_options(${target} PRIVATE LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map)
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/exports.map)
  endif()
endfunction()

function(gapless_add_libraries)
  gapless_library(gapless gapless ${GAPLESS_ROOMS})
  target_link_libraries(gapless PUBLIC nlohmann_json::nlohmann_json Threads::Threads)
  gapless_library(gapless_hub hub ${GAPLESS_HUB_ROOMS})
  target_link_libraries(gapless_hub PUBLIC gapless)
endfunction()
