// The serviceability program's instructions and accounts, as far as these tests need them, from their documented bytes
// alone. No client library: an address is base58 text, a seed that is an address is { address }, and `derive` (seeds to
// address) is the client's own.

export const SYSTEM_PROGRAM = '11111111111111111111111111111111';

/// Byte 0 of an account.
export const AccountType = { contributor: 10, device: 5, user: 7 };
/// Custom error numbers.
export const ErrorCode = { maxUsersExceeded: 20 };
/// A user without multicast groups.
export const USER_SIZE = 206;
/// Where a device's code begins: its length in four bytes, then its letters.
export const DEVICE_CODE_OFFSET = 120;

const NO_EPOCH_LIMIT = 0xffff_ffff_ffff_ffffn;
const GRE_OVER_DIA = 1;

const text = (value) => Buffer.from(value, 'ascii');
const octets = (ip) => Buffer.from(ip.split('.').map(Number));
const zeros = (count) => Buffer.alloc(count);
const u16 = (value) => Buffer.from([value & 0xff, value >> 8]);

function u64(value) {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(value);
  return out;
}

/// A string as accounts hold it.
export function lengthAndText(value) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(value.length);
  return Buffer.concat([length, text(value)]);
}

const seeds = (kind, ...more) => [text('doublezero'), text(kind), ...more];
export const userSeeds = (ip, type = 0) => seeds('user', octets(ip), Buffer.from([type]));
export const accessPassSeeds = (ip, payer) => seeds('accesspass', octets(ip), { address: payer });

const writable = (address) => ({ address, writable: true, signer: false });
const readable = (address) => ({ address, writable: false, signer: false });
/// What every instruction's accounts end with.
const paidBy = (payer) => [{ address: payer, writable: true, signer: true }, readable(SYSTEM_PROGRAM)];

/// Lets `user` connect from `ip`. `payer` is on the foundation's list.
export async function setAccessPass(derive, { payer, user, ip }) {
  return {
    accounts: [
      writable(await derive(accessPassSeeds(ip, user))),
      readable(await derive(seeds('globalstate'))),
      writable(user),
      ...paidBy(payer),
    ],
    // Prepaid, from one address only, one unicast and one multicast user.
    data: Buffer.concat([Buffer.from([67, 0]), octets(ip), u64(NO_EPOCH_LIMIT), Buffer.from([0]), u16(1), u16(1)]),
  };
}

/// `payer` connects from `ip` to `device`, which has one prefix.
export async function createUser(derive, { payer, device, ip }) {
  const ofDevice = (kind) => derive(seeds(kind, { address: device }, zeros(8)));
  return {
    accounts: [
      writable(await derive(userSeeds(ip))),
      writable(device),
      writable(await derive(accessPassSeeds(ip, payer))),
      writable(await derive(seeds('globalstate'))),
      writable(await derive(seeds('usertunnelblock'))),
      writable(await derive(seeds('multicastpublisherblock'))),
      writable(await ofDevice('tunnelids')),
      writable(await ofDevice('dzprefixblock')),
      ...paidBy(payer),
    ],
    data: Buffer.concat([Buffer.from([36, 0, GRE_OVER_DIA]), octets(ip), zeros(4), Buffer.from([1])]),
  };
}

/// Sets how many users `device` takes; 0 locks it. `payer` owns it.
export async function setMaxUsers(derive, { payer, device, contributor, users }) {
  return {
    accounts: [writable(device), writable(contributor), writable(await derive(seeds('globalstate'))), ...paidBy(payer)],
    // Seven fields before it stay; those behind it may be left out.
    data: Buffer.concat([Buffer.from([23]), zeros(7), Buffer.from([1]), u16(users)]),
  };
}

/// The fields of a user that the tests look at; keys as bytes.
export function readUser(data) {
  const bytes = Buffer.from(data);
  return {
    accountType: bytes[0],
    owner: bytes.subarray(1, 33),
    userType: bytes[50],
    device: bytes.subarray(83, 115),
    cyoa: bytes[115],
    clientIp: [...bytes.subarray(116, 120)].join('.'),
    dzIp: [...bytes.subarray(120, 124)].join('.'),
    tunnelId: bytes.readUInt16LE(124),
    status: bytes[131],
  };
}
