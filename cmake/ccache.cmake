# Compiles through ccache where it is installed and nobody chose a launcher. The settings let it keep objects that
# were compiled with a precompiled header, and share them between clones in different folders.
if(GAPLESS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(GAPLESS_CCACHE_PROGRAM ccache)
  mark_as_advanced(GAPLESS_CCACHE_PROGRAM)
  if(GAPLESS_CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1
        CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${GAPLESS_CCACHE_PROGRAM})
  endif()
endif()
