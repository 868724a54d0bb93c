# Finds what docs/dependencies.md lists. Every package comes from Debian 12.

find_program(LIMEN_CCACHE ccache)
if(LIMEN_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${LIMEN_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${LIMEN_CCACHE})
endif()
find_program(LIMEN_MOLD mold)
if(LIMEN_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# "22" alone is refused by MLIR's version file, which wants major.minor.
find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
# Only the shared libMLIR and libLLVM may enter a process: a static copy beside
# them would register every option and TypeID twice.
set(MLIR_LINK_MLIR_DYLIB ON)
include(TableGen)
include(AddLLVM)
include(AddMLIR)

set(LLVM_EXTERNAL_LIT /usr/lib/llvm-22/bin/lit CACHE FILEPATH "lit of LLVM 22")
set(LIMEN_LLVM_TOOLS_DIR ${LLVM_TOOLS_BINARY_DIR})

find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(benchmark QUIET)
find_package(pugixml REQUIRED)
find_path(LIMEN_FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h REQUIRED)
find_path(LIMEN_LZ4_INCLUDE lz4frame.h REQUIRED)
find_library(LIMEN_LZ4_LIBRARY lz4 REQUIRED)
find_path(LIMEN_ZSTD_INCLUDE zstd.h REQUIRED)
find_library(LIMEN_ZSTD_LIBRARY zstd REQUIRED)
find_path(LIMEN_CHOLMOD_INCLUDE cholmod.h PATH_SUFFIXES suitesparse REQUIRED)
find_library(LIMEN_CHOLMOD_LIBRARY cholmod REQUIRED)

# HDF5's imported target differs between CMake's module and HDF5's own config.
add_library(limen_hdf5 INTERFACE)
target_include_directories(limen_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(limen_hdf5 INTERFACE ${HDF5_C_LIBRARIES})

# Sparse Cholesky factorisation; Debian's SuiteSparse has no CMake package.
add_library(limen_cholmod INTERFACE)
target_include_directories(limen_cholmod SYSTEM INTERFACE ${LIMEN_CHOLMOD_INCLUDE})
target_link_libraries(limen_cholmod INTERFACE ${LIMEN_CHOLMOD_LIBRARY})

# Compression and tables of AEDAT 4 files; these come without CMake packages, or
# with ones that clash with LLVM's own search for zstd.
add_library(limen_aedat4 INTERFACE)
target_include_directories(limen_aedat4 SYSTEM INTERFACE
  ${LIMEN_FLATBUFFERS_INCLUDE} ${LIMEN_LZ4_INCLUDE} ${LIMEN_ZSTD_INCLUDE})
target_link_libraries(limen_aedat4 INTERFACE
  ${LIMEN_LZ4_LIBRARY} ${LIMEN_ZSTD_LIBRARY} pugixml::pugixml)
