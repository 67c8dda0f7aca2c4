// doctor/checks.hpp: the longer judgements of examine.cpp: firewall, paths, routes. Pure.
#pragma once

#include "doctor/facts.hpp"
#include "doctor/finding.hpp"

namespace dz::doctor {

/// By which the tunnels leave this host; empty where it is not known.
std::string underlay_device(const Facts& facts);
/// GRE on the underlay, and BGP, liveness and multicast's protocols in the tunnels, both ways.
Finding judge_firewall(const Facts& facts);
/// Every route that the daemon says is in the kernel is there, and nobody else's leads its packets elsewhere.
Finding judge_routes(const Facts& facts);
/// Less gets through `tunnel` than it is wide.
Finding narrow_path(const TunnelProbe& tunnel);
/// The command that moves a user whose device does not answer.
std::string reconnect_elsewhere(const Facts& facts, const daemon::api::EnrichedService& service);

}  // namespace dz::doctor
