# The commit that the binaries report. Looked up at build time, so that a commit without a reconfigure is
# seen, and written only when it changed, so that nothing is rebuilt in vain.

set(DZ_VERSION_FILE ${PROJECT_BINARY_DIR}/generated/dz_commit.inc)
add_custom_target(dz_commit
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUT=${DZ_VERSION_FILE}
            -P ${PROJECT_SOURCE_DIR}/cmake/write_commit.cmake
    BYPRODUCTS ${DZ_VERSION_FILE}
    COMMENT "")
