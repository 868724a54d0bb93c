# One way to make every target, so that flags and link rules are set once.

set(LIMEN_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, e.g. address,undefined")
option(LIMEN_FUZZ "Instrument for libFuzzer; needs clang" OFF)

add_library(limen_flags INTERFACE)
# -ffp-contract=off: results must not depend on whether the compiler fuses a*b+c.
# -fno-trapping-math: lets gcc if-convert neuron loops.
# NDEBUG always: Debian's MLIR is built with it, and llvm::Statistic changes
# its layout without it.
target_compile_options(limen_flags INTERFACE
  -ffp-contract=off -fno-trapping-math -Wall -Wextra -Wno-unused-parameter
  -Wno-restrict # gcc 12 warns about its own std::string operator+
  -Werror=deprecated-declarations)
target_compile_definitions(limen_flags INTERFACE NDEBUG _GLIBCXX_ASSERTIONS)
target_include_directories(limen_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
if(LIMEN_SANITIZE)
  target_compile_options(limen_flags INTERFACE -fsanitize=${LIMEN_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(limen_flags INTERFACE -fsanitize=${LIMEN_SANITIZE})
endif()
if(LIMEN_FUZZ)
  target_compile_options(limen_flags INTERFACE -fsanitize=fuzzer-no-link
    -Wno-unknown-warning-option
    # gcc 12's std::stable_sort uses what it deprecates itself.
    -Wno-error=deprecated-declarations)
endif()

add_library(limen_mlir INTERFACE)
# gcc 12 sees uninitialised optionals in TypeSwitch that are not there.
target_compile_options(limen_mlir INTERFACE -Wno-maybe-uninitialized)
target_include_directories(limen_mlir SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_link_libraries(limen_mlir INTERFACE MLIR LLVM)

# limen_library(<name> SOURCES a.cpp ... [LINK lib ...] [DEPENDS target ...] [MLIR])
#
# A static library for one folder. MLIR adds the MLIR headers and shared
# libraries. DEPENDS orders the build after generated headers.
function(limen_library name)
  cmake_parse_arguments(ARG "MLIR" "" "SOURCES;LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC limen_flags ${ARG_LINK})
  if(ARG_MLIR)
    target_link_libraries(${name} PUBLIC limen_mlir)
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# limen_executable(<name> SOURCES a.cpp ... [LINK lib ...])
function(limen_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE limen_flags ${ARG_LINK})
endfunction()

# limen_embed(<target> <symbol> FILES f ...)
#
# Compiles text files into <target> as `limen::embedded::<symbol>()`, a span of
# {name, text} sorted by name, so that the tools run without an install tree.
function(limen_embed target symbol)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.embedded.cpp)
  add_custom_command(OUTPUT ${out}
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/cmake/embed.py ${symbol} ${out} ${ARG_FILES}
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/embed.py ${ARG_FILES}
    COMMENT "Embedding ${symbol}" VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

# limen_dialect(<D>) for a folder with <D>Ops.td, whose dialect is lower-case <D>:
# generates ops, types, attributes, enums and the dialect under the target
# MLIR<D>IncGen.
function(limen_dialect D)
  string(TOLOWER ${D} dialect)
  include_directories(${CMAKE_SOURCE_DIR} ${MLIR_INCLUDE_DIRS}) # mlir-tblgen reads these
  set(LLVM_TARGET_DEFINITIONS ${D}Ops.td)
  mlir_tablegen(${D}Ops.h.inc -gen-op-decls)
  mlir_tablegen(${D}Ops.cpp.inc -gen-op-defs)
  mlir_tablegen(${D}Types.h.inc -gen-typedef-decls -typedefs-dialect=${dialect})
  mlir_tablegen(${D}Types.cpp.inc -gen-typedef-defs -typedefs-dialect=${dialect})
  mlir_tablegen(${D}Dialect.h.inc -gen-dialect-decls -dialect=${dialect})
  mlir_tablegen(${D}Dialect.cpp.inc -gen-dialect-defs -dialect=${dialect})
  mlir_tablegen(${D}Enums.h.inc -gen-enum-decls)
  mlir_tablegen(${D}Enums.cpp.inc -gen-enum-defs)
  mlir_tablegen(${D}Attrs.h.inc -gen-attrdef-decls -attrdefs-dialect=${dialect})
  mlir_tablegen(${D}Attrs.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${dialect})
  add_public_tablegen_target(MLIR${D}IncGen)
endfunction()

# limen_passes(<library> <file.td>): pass declarations under <library>PassIncGen.
function(limen_passes library td)
  get_filename_component(stem ${td} NAME_WE)
  include_directories(${CMAKE_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  set(LLVM_TARGET_DEFINITIONS ${td})
  mlir_tablegen(${stem}.h.inc -gen-pass-decls -name=${library})
  add_public_tablegen_target(${library}PassIncGen)
endfunction()

# limen_subdirectories([dir ...]): adds the named subfolders, or all that have a
# CMakeLists.txt. Adding a folder is then adding a folder.
function(limen_subdirectories)
  set(folders ${ARGN})
  if(NOT folders)
    file(GLOB lists CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} */CMakeLists.txt)
    list(SORT lists)
    foreach(list ${lists})
      get_filename_component(folder ${list} DIRECTORY)
      list(APPEND folders ${folder})
    endforeach()
  endif()
  foreach(folder ${folders})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()

# limen_unit_test(<name> SOURCES a.cpp ... [LINK lib ...])
#
# A GoogleTest program whose cases are ctest tests of their own. Tests that need
# recorded data look for the folder named by LIMEN_TEST_DATA and skip without it.
function(limen_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  limen_executable(${name} SOURCES ${ARG_SOURCES} LINK ${ARG_LINK} GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/test)
  gtest_discover_tests(${name} TEST_PREFIX unit/ DISCOVERY_TIMEOUT 60)
endfunction()
