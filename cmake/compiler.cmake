# Language level, warnings, sanitizers. Every target of ours gets them through dz_module().

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    message(FATAL_ERROR
        "gcc ${CMAKE_CXX_COMPILER_VERSION} destroys some temporaries of a co_await statement twice (GCC bug "
        "100611), so the programs it builds crash. Use clang 19 (`./dz setup && ./dz build`) or gcc 13 or later.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(DZ_SANITIZE "" CACHE STRING "Value of -fsanitize= for all our targets; empty for none")
option(DZ_FUZZ "Build the libFuzzer targets of tests/fuzz" OFF)
option(DZ_BENCH "Build the benchmarks of tests/bench" ON)

add_library(dz_compile_options INTERFACE)
target_compile_options(dz_compile_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(dz_compile_options INTERFACE -Wthread-safety)
endif()
if(DZ_SANITIZE)
    target_compile_options(dz_compile_options INTERFACE
        -fsanitize=${DZ_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(dz_compile_options INTERFACE -fsanitize=${DZ_SANITIZE})
endif()
if(DZ_FUZZ)
    target_compile_options(dz_compile_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_include_directories(dz_compile_options INTERFACE ${PROJECT_SOURCE_DIR})
# base/version.hpp alone reads this; see cmake/version.cmake.
target_include_directories(dz_compile_options INTERFACE ${PROJECT_BINARY_DIR}/generated)
