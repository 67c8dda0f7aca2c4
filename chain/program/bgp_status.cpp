// SetUserBGPStatus (RFC 19): the device reports how a user's session does.
#include "chain/program/processors.hpp"

namespace dz::program {

using ledger::BgpStatus;
using ledger::ProgramError;

Outcome process(Invocation& in, const ix::SetUserBgpStatus& args) {
    AccountRef user_account, device_account;
    TRY_OK(in.read(user_account, device_account));
    TRY_OK(in.read_payer());
    TRY(auto user, in.load<ledger::User>(user_account, "user"));
    TRY(const auto device, in.load<ledger::Device>(device_account, "device"));
    if (!user_account.writable) return panic("the user is read only");
    if (!in.payer_is(device.metrics_publisher_pk)) return reject(ProgramError::NotAllowed);
    if (user.device_pk != device_account.key()) return reject(ProgramError::NotAllowed);

    user.bgp_status = args.bgp_status;
    user.bgp_rtt_ns = args.bgp_rtt_ns;
    user.last_bgp_reported_at = in.now().slot;
    // Every report, not only a transition.
    if (args.bgp_status == BgpStatus::Up) user.last_bgp_up_at = in.now().slot;
    return in.write(user_account, user);
}

}  // namespace dz::program
