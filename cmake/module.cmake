# dz_module(NAME SOURCES file.. [PUBLIC target..] [PRIVATE target..] [TESTS file..] [TEST_LIBS target..])
#
# One module: static library dz_NAME, alias dz::NAME. TESTS are taken from tests/NAME/ and become the program
# NAME_test, one ctest entry. A module of headers only gives no SOURCES.
include(CTest)

function(dz_module name)
    cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE;TESTS;TEST_LIBS" ${ARGN})
    add_library(dz_${name} STATIC ${arg_SOURCES})
    add_library(dz::${name} ALIAS dz_${name})
    target_link_libraries(dz_${name} PUBLIC dz_compile_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
    if(arg_TESTS AND BUILD_TESTING)
        dz_test(${name} SOURCES ${arg_TESTS} LIBS dz::${name} ${arg_TEST_LIBS})
    endif()
endfunction()

# dz_program(NAME SOURCES file.. LIBS target..): an executable in build/<preset>/bin/. The target `programs`
# builds all of them and no test.
add_custom_target(programs)
function(dz_program name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_LIBS})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    add_dependencies(programs ${name})
endfunction()

# dz_test(NAME SOURCES file.. LIBS target..): the test program NAME_test from tests/NAME/. One ctest entry for
# the whole program: starting a process for each case would take longer than the cases do.
function(dz_test name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
    list(TRANSFORM arg_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/tests/${name}/)
    add_executable(${name}_test ${arg_SOURCES})
    target_link_libraries(${name}_test PRIVATE dz_test_main dz_compile_options ${arg_LIBS})
    set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()

# Adds each listed folder that has a CMakeLists.txt.
function(dz_add_modules)
    foreach(folder IN LISTS ARGN)
        if(EXISTS ${PROJECT_SOURCE_DIR}/${folder}/CMakeLists.txt)
            add_subdirectory(${folder})
        endif()
    endforeach()
endfunction()

# Catch2's main and the shared fixtures of tests/support/, compiled once.
if(BUILD_TESTING)
    add_library(dz_test_main STATIC ${PROJECT_SOURCE_DIR}/tests/support/main.cpp)
    target_link_libraries(dz_test_main PUBLIC Catch2::Catch2 rapidcheck rapidcheck_catch PRIVATE dz_compile_options)
endif()
