// protocols/bgp/update.hpp: wire form of an UPDATE's parts; internal to the message codec.
#pragma once

#include "protocols/bgp/message.hpp"

namespace dz::bgp {

/// An UPDATE's body.
void write_update(bytes::Writer& out, const Update& update);

}  // namespace dz::bgp
