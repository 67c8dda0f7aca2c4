// cli/diagnosis.hpp: doctor and bundle: what keeps this host from a working tunnel, and an archive for who
// helps.
#pragma once

#include "cli/command.hpp"

namespace dz::cli {

/// `doctor` fails where a finding is bad.
void add_diagnosis(Group& root);

}  // namespace dz::cli
