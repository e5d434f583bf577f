# What `cmake --install` puts down: headers, libraries, and the files that find_package(gapless CONFIG) reads.
include(CMakePackageConfigHelpers)

set(GAPLESS_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/gapless)

install(DIRECTORY include/gapless DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS gapless gapless_hub EXPORT gapless
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT gapless NAMESPACE gapless:: FILE gapless-targets.cmake DESTINATION ${GAPLESS_CMAKE_DIR})

# A shared library has its needs linked in; a static one leaves them to the program, so the config file finds them.
set(GAPLESS_CONFIG_LINKS "")
set(GAPLESS_CONFIG_LINKS_HUB "")
if(NOT BUILD_SHARED_LIBS)
  get_target_property(GAPLESS_CONFIG_LINKS gapless GAPLESS_LINKS)
  get_target_property(GAPLESS_CONFIG_LINKS_HUB gapless_hub GAPLESS_LINKS)
endif()
configure_package_config_file(cmake/gapless-config.cmake.in ${PROJECT_BINARY_DIR}/gapless-config.cmake
                              INSTALL_DESTINATION ${GAPLESS_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gapless-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gapless-config.cmake ${PROJECT_BINARY_DIR}/gapless-config-version.cmake
              cmake/gapless-dependencies.cmake cmake/Findre2.cmake DESTINATION ${GAPLESS_CMAKE_DIR})
