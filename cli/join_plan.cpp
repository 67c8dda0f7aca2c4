#include "cli/join_plan.hpp"

#include "cli/table.hpp"
#include "cli/text.hpp"
#include "cli/transaction_text.hpp"

namespace dz::cli {

namespace {

std::string action(const JoinPlan& plan) {
    if (plan.create) return "create the account";
    if (!plan.nothing.empty()) return "none: " + plan.nothing;
    return plan.steps.empty() ? "none: the account exists" : "change the account";
}

std::vector<ledger::TransactionInstruction> instructions(const JoinPlan& plan) {
    std::vector<ledger::TransactionInstruction> out;
    for (const JoinStep& step : plan.steps) out.push_back(step.instruction);
    return out;
}

}  // namespace

void print_plan(std::ostream& out, const JoinPlan& plan, OutputStyle style) {
    using Fields = std::vector<std::pair<std::string, std::string>>;
    Fields fields{{"action", action(plan)},
                  {"network", plan.network},
                  {"payer", plan.payer.to_string()},
                  {"client_ip", plan.client_ip.to_string()},
                  {"user_type", std::string(user_type_text(plan.user_type))},
                  {"account", plan.account.to_string()}};
    if (plan.create) {
        const Fields more{{"access_pass", plan.create->access_pass.to_string()},
                          {"device", plan.create->device_code},
                          {"device_pk", plan.create->device.to_string()},
                          {"device_reason", plan.create->reason},
                          {"tunnel_endpoint", plan.create->tunnel_endpoint.to_string()},
                          {"tenant", plan.create->tenant ? plan.create->tenant->code : ""}};
        fields.insert(fields.end(), more.begin(), more.end());
    }
    fields.emplace_back("then", plan.wants_tunnel ? "enable the daemon and wait for the tunnel" : "");
    if (!style.machine_readable()) {
        print_details(out, fields);
        return print_transactions(out, instructions(plan));
    }
    json::Ordered object = json::Ordered::object();
    for (const auto& [name, value] : fields) object[name] = value;
    object["transactions"] = transactions_json(instructions(plan));
    object["notes"] = plan.notes;
    print_json(out, object, style);
}

}  // namespace dz::cli
