#include "reconciler/problem.hpp"

namespace dz::reconciler {

std::string_view to_string(ProblemCode code) {
    switch (code) {
        case ProblemCode::NoLedgerData:
            return "no_ledger_data";
        case ProblemCode::NoClientIp:
            return "no_client_ip";
        case ProblemCode::NoGlobalConfig:
            return "no_global_config";
        case ProblemCode::UserNotActivated:
            return "user_not_activated";
        case ProblemCode::UserTypeUnknown:
            return "user_type_unknown";
        case ProblemCode::SeveralUsers:
            return "several_users";
        case ProblemCode::DeviceUnknown:
            return "device_unknown";
        case ProblemCode::NoTunnelEndpoint:
            return "no_tunnel_endpoint";
        case ProblemCode::BadTunnelNet:
            return "bad_tunnel_net";
        case ProblemCode::BadDzIp:
            return "bad_dz_ip";
        case ProblemCode::BehindNat:
            return "behind_nat";
        case ProblemCode::NoCatalogue:
            return "no_catalogue";
        case ProblemCode::NoGroups:
            return "no_groups";
        case ProblemCode::EndpointsTaken:
            return "endpoints_taken";
        case ProblemCode::NameTaken:
            return "name_taken";
        case ProblemCode::RoutesShadowed:
            return "routes_shadowed";
        case ProblemCode::StepFailed:
            return "step_failed";
        case ProblemCode::Contested:
            return "contested";
        case ProblemCode::MulticastIncomplete:
            return "multicast_incomplete";
    }
    return "unknown";
}

std::string to_string(const Problem& problem) {
    return problem.remedy.empty() ? problem.text : problem.text + "; " + problem.remedy;
}

}  // namespace dz::reconciler
