# One interface target carries the compiler settings that every target of the project uses.
add_library(nonvol_options INTERFACE)
target_include_directories(nonvol_options INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
set(warnings -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
    -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough)
target_compile_options(nonvol_options INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:${warnings}>" -fvisibility=hidden)
# g++ 12 warns of overlapping copies inside its own std::string (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(nonvol_options INTERFACE -Wno-restrict)
endif()
# Every page that start-up touches costs: leave out what nothing uses.
target_compile_options(nonvol_options INTERFACE -ffunction-sections -fdata-sections)
target_link_options(nonvol_options INTERFACE -Wl,--gc-sections)
if(NONVOL_WERROR)
  target_compile_options(nonvol_options INTERFACE -Werror)
endif()
if(NONVOL_SANITIZE)
  target_compile_options(nonvol_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                         -fno-omit-frame-pointer)
  target_link_options(nonvol_options INTERFACE -fsanitize=address,undefined)
endif()
if(NONVOL_FUZZ)
  target_compile_options(nonvol_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# A room of the house: a static library named after its folder, with explicit links.
#   nonvol_folder(flash SOURCES a.cc b.cc LINKS outcome octets TESTS a_test.cc)
# Unit tests live beside the code; all of a folder's tests make one program.
function(nonvol_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS;TESTS;TEST_LINKS")
  add_library(nonvol_${name} STATIC ${arg_SOURCES})
  list(TRANSFORM arg_LINKS PREPEND nonvol_)
  target_link_libraries(nonvol_${name} PUBLIC nonvol_options ${arg_LINKS})
  if(NONVOL_TESTS AND arg_TESTS)
    find_package(GTest REQUIRED)
    add_executable(${name}_test ${arg_TESTS})
    list(TRANSFORM arg_TEST_LINKS PREPEND nonvol_)
    target_link_libraries(${name}_test PRIVATE nonvol_${name} nonvol_testing ${arg_TEST_LINKS} GTest::gmock_main)
    add_test(NAME unit.${name} COMMAND ${name}_test)
    set_tests_properties(unit.${name} PROPERTIES LABELS "unit" TIMEOUT 300)
  endif()
endfunction()
