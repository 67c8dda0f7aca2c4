# cmake -DSOURCE=DIR -DOUT=FILE -P write_commit.cmake: the short commit of SOURCE as a C string literal.
execute_process(COMMAND git -C ${SOURCE} rev-parse --short=9 HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
    set(commit none)
endif()
execute_process(COMMAND git -C ${SOURCE} log -1 --format=%cI
    OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT date)
    set(date unknown)
endif()
set(text "#define DZ_COMMIT \"${commit}\"\n#define DZ_COMMIT_DATE \"${date}\"\n")
set(old "")
if(EXISTS ${OUT})
    file(READ ${OUT} old)
endif()
if(NOT old STREQUAL text)
    file(WRITE ${OUT} "${text}")
endif()
