// doctor/bundle.hpp: what somebody who helps from afar needs to see, without secrets.
#pragma once

#include <string>
#include <vector>

#include "doctor/collect.hpp"
#include "doctor/finding.hpp"

namespace dz::doctor {

struct BundleFile {
    std::string name;  ///< "doctor.json"; no folders
    std::string text;  ///< redacted
};

/// Everything that could be had; what could not says so in its file.
Task<std::vector<BundleFile>> gather(std::vector<Finding> findings,
                                     std::vector<std::filesystem::path> configuration, Sources sources);

/// Packs `files` under one folder into `archive` (.tar.gz, 0600), which must not exist.
/// Errors: Exists; those of the file system and of tar.
Task<Result<>> pack(std::vector<BundleFile> files, std::filesystem::path archive, Commands& commands);

}  // namespace dz::doctor
