// doublezero-devnet as @solana/kit sees it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AccountRole,
  SOLANA_ERROR__BLOCK_HEIGHT_EXCEEDED,
  SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_SIGNATURE_VERIFICATION_FAILURE,
  SOLANA_ERROR__TRANSACTION_ERROR__ACCOUNT_NOT_FOUND,
  SOLANA_ERROR__TRANSACTION_ERROR__BLOCKHASH_NOT_FOUND,
  airdropFactory,
  appendTransactionMessageInstructions,
  createKeyPairSignerFromBytes,
  createSolanaRpc,
  createSolanaRpcSubscriptions,
  createTransactionMessage,
  generateKeyPairSigner,
  getAddressDecoder,
  getAddressEncoder,
  getBase64EncodedWireTransaction,
  getProgramDerivedAddress,
  getSignatureFromTransaction,
  isSolanaError,
  lamports,
  pipe,
  sendAndConfirmTransactionFactory,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from '@solana/kit';
import { Devnet } from './support/devnet.mjs';
import { Stream, limits, until } from './support/waiting.mjs';
import * as dz from './support/serviceability.mjs';

const SOL = 1_000_000_000n;
const toBase58 = (bytes) => getAddressDecoder().decode(bytes);
const fromBase64 = ([text]) => Buffer.from(text, 'base64');
const base64 = (bytes) => Buffer.from(bytes).toString('base64');

const role = ({ writable, signer }) =>
  signer ? (writable ? AccountRole.WRITABLE_SIGNER : AccountRole.READONLY_SIGNER)
    : (writable ? AccountRole.WRITABLE : AccountRole.READONLY);

/// The system program's transfer.
function transfer(from, to, amount) {
  const data = Buffer.alloc(12);
  data.writeUInt32LE(2);
  data.writeBigUInt64LE(amount, 4);
  return {
    programAddress: dz.SYSTEM_PROGRAM,
    accounts: [{ address: from.address, role: AccountRole.WRITABLE_SIGNER }, { address: to, role: AccountRole.WRITABLE }],
    data,
  };
}

/// One node, and what the tests do with it.
class Client {
  constructor(devnet) {
    this.devnet = devnet;
    this.program = devnet.programId;
    this.rpc = createSolanaRpc(devnet.rpc);
    this.rpcSubscriptions = createSolanaRpcSubscriptions(devnet.ws);
    this.airdrop = airdropFactory(this);
    this.sendAndConfirm = sendAndConfirmTransactionFactory(this);
  }

  derive = async (seeds) => {
    const bytes = seeds.map((seed) => (seed.address ? getAddressEncoder().encode(seed.address) : seed));
    return (await getProgramDerivedAddress({ programAddress: this.program, seeds: bytes }))[0];
  };

  /// An instruction of the program in this client's form.
  instruction({ accounts, data }) {
    return {
      programAddress: this.program,
      accounts: accounts.map((account) => ({ address: account.address, role: role(account) })),
      data,
    };
  }

  /// A key with a balance.
  async funded(sol = 10n) {
    const key = await generateKeyPairSigner();
    await this.airdrop({ recipientAddress: key.address, lamports: lamports(sol * SOL), commitment: 'confirmed' });
    return key;
  }

  async message(instructions, signer, { version = 0, lifetime } = {}) {
    const blockhash = lifetime ?? (await this.rpc.getLatestBlockhash({ commitment: 'confirmed' }).send()).value;
    return pipe(
      createTransactionMessage({ version }),
      (message) => setTransactionMessageFeePayerSigner(signer, message),
      (message) => setTransactionMessageLifetimeUsingBlockhash(blockhash, message),
      (message) => appendTransactionMessageInstructions(instructions, message),
    );
  }

  /// Signed, with its lifetime, as `sendAndConfirm` wants it.
  async transaction(instructions, signer, options) {
    return signTransactionMessageWithSigners(await this.message(instructions, signer, options));
  }

  /// Sends and waits; returns the signature.
  async send(instructions, signer, { commitment = 'confirmed', ...options } = {}) {
    const transaction = await this.transaction(instructions, signer, options);
    await this.sendAndConfirm(transaction, { commitment });
    return getSignatureFromTransaction(transaction);
  }

  async balance(address, commitment = 'confirmed') {
    return (await this.rpc.getBalance(address, { commitment }).send()).value;
  }

  async key(name) {
    return createKeyPairSignerFromBytes(await this.devnet.keyBytes(name));
  }

  /// Addresses of the program's accounts of one type, after more filters.
  async addresses(type, ...filters) {
    const found = await this.rpc.getProgramAccounts(this.program, {
      commitment: 'confirmed',
      encoding: 'base64',
      dataSlice: { offset: 0, length: 0 },
      filters: [{ memcmp: { offset: 0n, bytes: base64([type]), encoding: 'base64' } }, ...filters],
    }).send();
    return found.map(({ pubkey }) => pubkey);
  }

  /// A funded key that may connect from `ip`, and its CreateUser.
  async newcomer(ip, code = 'ny5-dz01') {
    const user = await this.funded();
    const foundation = await this.key('foundation');
    const pass = { payer: foundation.address, user: user.address, ip };
    await this.send([this.instruction(await dz.setAccessPass(this.derive, pass))], foundation);
    const bytes = base64(dz.lengthAndText(code));
    const [device] = await this.addresses(dz.AccountType.device,
      { memcmp: { offset: BigInt(dz.DEVICE_CODE_OFFSET), bytes, encoding: 'base64' } });
    return { user, device, create: this.instruction(await dz.createUser(this.derive, { payer: user.address, device, ip })) };
  }
}

describe('kit', limits, () => {
  let devnet;
  let client;
  let rpc;
  before(async () => {
    devnet = await Devnet.start({ options: ['--finalize-after', '4'] });
    client = new Client(devnet);
    rpc = client.rpc;
  });
  after(() => devnet?.stop());

  test('an airdrop arrives', async () => {
    const key = await client.funded(1n);
    assert.equal(await client.balance(key.address), SOL);
  });

  for (const version of ['legacy', 0]) {
    test(`a transaction of version ${version} transfers lamports and pays its fee`, async () => {
      const from = await client.funded();
      const to = (await generateKeyPairSigner()).address;
      const signature = await client.send([transfer(from, to, SOL)], from, { version });
      assert.equal(await client.balance(to), SOL);
      assert.equal(await client.balance(from.address), 9n * SOL - 5000n);
      const landed = await rpc.getTransaction(signature, {
        commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0,
      }).send();
      assert.equal(landed.version, version);
      assert.equal(landed.meta.fee, 5000n);
      assert.ok(landed.transaction.message.accountKeys.includes(to));
    });
  }

  for (const [version, ip] of [['legacy', '9.200.1.1'], [0, '9.200.1.2']]) {
    test(`a transaction of version ${version} creates a user`, async () => {
      const { user, device, create } = await client.newcomer(ip);
      await client.send([create], user, { version });
      const address = await client.derive(dz.userSeeds(ip));
      const { value } = await rpc.getAccountInfo(address, { commitment: 'confirmed', encoding: 'base64' }).send();
      assert.equal(value.owner, client.program);
      assert.equal(value.space, BigInt(dz.USER_SIZE));
      const seen = dz.readUser(fromBase64(value.data));
      assert.equal(toBase58(seen.owner), user.address);
      assert.equal(toBase58(seen.device), device);
      assert.equal(seen.accountType, dz.AccountType.user);
      assert.equal(seen.clientIp, ip);
      assert.equal(seen.dzIp, ip);
      assert.equal(seen.status, 1);
    });
  }

  test('simulateTransaction tells what would happen and changes nothing', async () => {
    const ip = '9.200.1.3';
    const { user, create } = await client.newcomer(ip);
    const address = await client.derive(dz.userSeeds(ip));
    const wire = getBase64EncodedWireTransaction(await client.transaction([create], user));
    const { value } = await rpc.simulateTransaction(wire, {
      commitment: 'confirmed', encoding: 'base64', sigVerify: true, accounts: { encoding: 'base64', addresses: [address] },
    }).send();
    assert.equal(value.err, null);
    assert.ok(value.unitsConsumed > 0n);
    assert.equal(value.logs[0], `Program ${client.program} invoke [1]`);
    assert.equal(value.logs.at(-1), `Program ${client.program} success`);
    assert.equal(dz.readUser(fromBase64(value.accounts[0].data)).clientIp, ip);
    assert.equal((await rpc.getAccountInfo(address, { encoding: 'base64' }).send()).value, null);
  });

  test('simulateTransaction replaces a blockhash where it is told so', async () => {
    const from = await client.funded();
    const lifetime = { blockhash: toBase58(Buffer.alloc(32, 7)), lastValidBlockHeight: 0n };
    const transaction = await client.transaction([transfer(from, from.address, 1n)], from, { lifetime });
    const wire = getBase64EncodedWireTransaction(transaction);
    const simulate = async (options) =>
      (await rpc.simulateTransaction(wire, { commitment: 'confirmed', encoding: 'base64', ...options }).send()).value;
    assert.equal((await simulate({})).err, 'BlockhashNotFound');
    const replaced = await simulate({ replaceRecentBlockhash: true });
    assert.equal(replaced.err, null);
    assert.ok(replaced.replacementBlockhash.lastValidBlockHeight > 0n);
  });

  test('getProgramAccounts filters and slices', async () => {
    const ip = '9.200.1.4';
    const { user, create } = await client.newcomer(ip);
    await client.send([create], user);
    const owner = { memcmp: { offset: 1n, bytes: user.address, encoding: 'base58' } };
    const ask = (size, options) => rpc.getProgramAccounts(client.program, {
      commitment: 'confirmed', encoding: 'base64', filters: [owner, { dataSize: BigInt(size) }], ...options,
    }).send();

    const [whole, ...others] = await ask(dz.USER_SIZE);
    assert.deepEqual(others, []);
    assert.equal(whole.pubkey, await client.derive(dz.userSeeds(ip)));
    assert.equal(dz.readUser(fromBase64(whole.account.data)).clientIp, ip);
    const [sliced] = await ask(dz.USER_SIZE, { dataSlice: { offset: 116, length: 4 } });
    assert.deepEqual([...fromBase64(sliced.account.data)], ip.split('.').map(Number));
    const none = await ask(dz.USER_SIZE + 1, { withContext: true });
    assert.ok(none.context.slot > 0n);
    assert.deepEqual(none.value, []);
  });

  test('a long answer comes compressed', async (context) => {
    const { fetch } = globalThis;
    const encodings = [];
    context.mock.method(globalThis, 'fetch', async (...request) => {
      const response = await fetch(...request);
      encodings.push(response.headers.get('content-encoding'));
      return response;
    });
    const all = await rpc.getProgramAccounts(client.program, { commitment: 'processed', encoding: 'base64' }).send();
    assert.ok(all.length > 8);
    assert.deepEqual(encodings, ['gzip']);
  });

  test('subscriptions tell of accounts, of programs through filters, of slots, signatures and logs', async () => {
    const ip = '9.200.1.5';
    const { user, create } = await client.newcomer(ip);
    const transaction = await client.transaction([create], user);
    const sent = getSignatureFromTransaction(transaction);
    const commitment = 'confirmed';
    const stop = new AbortController();
    const { rpcSubscriptions: on } = client;
    const wishes = {
      account: on.accountNotifications(user.address, { commitment, encoding: 'base64' }),
      program: on.programNotifications(client.program, {
        commitment,
        encoding: 'base64',
        filters: [{ dataSize: BigInt(dz.USER_SIZE) }, { memcmp: { offset: 1n, bytes: user.address, encoding: 'base58' } }],
      }),
      slot: on.slotNotifications(),
      signature: on.signatureNotifications(sent, { commitment }),
      logs: on.logsNotifications({ mentions: [user.address] }, { commitment }),
    };
    const heard = {};
    for (const [name, wish] of Object.entries(wishes)) {
      heard[name] = Stream.of(await wish.subscribe({ abortSignal: stop.signal }));
    }

    await client.sendAndConfirm(transaction, { commitment });
    assert.equal((await heard.signature.next()).value.err, null);
    const { context, value: keyed } = await heard.program.next();
    assert.ok(context.slot > 0n);
    assert.equal(keyed.pubkey, await client.derive(dz.userSeeds(ip)));
    assert.equal(dz.readUser(fromBase64(keyed.account.data)).clientIp, ip);
    assert.ok((await heard.account.next()).value.lamports < 10n * SOL);
    const { value: entry } = await heard.logs.next();
    assert.equal(entry.signature, sent);
    assert.equal(entry.err, null);
    const first = await heard.slot.next();
    const second = await heard.slot.next();
    assert.ok(second.slot > first.slot && second.parent < second.slot && second.root <= second.parent);
    stop.abort();
  });

  test('a transaction is processed, then confirmed, then finalized', async () => {
    const from = await client.funded();
    const to = (await generateKeyPairSigner()).address;
    const order = ['processed', 'confirmed', 'finalized'];
    let sum = 0n;
    for (const [index, commitment] of order.entries()) {
      // Different amounts: else it could be the same transaction.
      const signature = await client.send([transfer(from, to, SOL + BigInt(index))], from, { commitment });
      sum += SOL + BigInt(index);
      const { value: [status] } = await rpc.getSignatureStatuses([signature]).send();
      assert.ok(order.indexOf(status.confirmationStatus) >= index);
      assert.equal(status.confirmations === null, status.confirmationStatus === 'finalized');
      assert.equal(await client.balance(to, commitment), sum);
    }
    // One after the other, since slots go by.
    const finalized = await rpc.getSlot({ commitment: 'finalized' }).send();
    const confirmed = await rpc.getSlot({ commitment: 'confirmed' }).send();
    const processed = await rpc.getSlot({ commitment: 'processed' }).send();
    assert.ok(finalized < confirmed && confirmed <= processed);
  });

  /// The preflight's failure with its cause, checked by `inspect`.
  function refusedByPreflight(promise, inspect) {
    return assert.rejects(promise, (error) => {
      assert.ok(isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE), error);
      inspect(error.cause, error.context);
      return true;
    });
  }

  test('a device without room refuses with custom error 20', async () => {
    const { user, device, create } = await client.newcomer('9.200.1.6', 'ams-dz001');
    const owner = await client.key('contributor');
    const [contributor] = await client.addresses(dz.AccountType.contributor);
    const lock = { payer: owner.address, device, contributor, users: 0 };
    await client.send([client.instruction(await dz.setMaxUsers(client.derive, lock))], owner);
    const is20 = (cause) => {
      assert.ok(isSolanaError(cause, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM), cause);
      assert.equal(Number(cause.context.code), dz.ErrorCode.maxUsersExceeded);
      assert.equal(cause.context.index, 0);
    };

    // Refused by the preflight, with its logs.
    await refusedByPreflight(client.send([create], user), (cause, { logs }) => {
      is20(cause);
      assert.ok(logs.some((line) => line.includes(`Program ${client.program} failed: custom program error: 0x14`)));
    });
    // Without preflight it lands, and the confirmation says why it failed.
    const transaction = await client.transaction([create], user);
    await assert.rejects(client.sendAndConfirm(transaction, { commitment: 'confirmed', skipPreflight: true }), (error) => {
      is20(error);
      return true;
    });
    const { value: [status] } = await rpc.getSignatureStatuses([getSignatureFromTransaction(transaction)]).send();
    assert.deepEqual(status.err, { InstructionError: [0n, { Custom: BigInt(dz.ErrorCode.maxUsersExceeded) }] });
  });

  test('who has too little is told so', async () => {
    const poor = await generateKeyPairSigner();
    const rich = await client.funded(1n);
    await refusedByPreflight(client.send([transfer(poor, rich.address, 1n)], poor), (cause) =>
      assert.ok(isSolanaError(cause, SOLANA_ERROR__TRANSACTION_ERROR__ACCOUNT_NOT_FOUND), cause));
    await refusedByPreflight(client.send([transfer(rich, poor.address, 2n * SOL)], rich), (cause, { logs }) => {
      assert.ok(isSolanaError(cause, SOLANA_ERROR__INSTRUCTION_ERROR__CUSTOM), cause);
      assert.equal(Number(cause.context.code), 1);
      assert.ok(logs.some((line) => /insufficient lamports/.test(line)), logs);
    });
  });

  test('a signature that does not fit is refused', async () => {
    const from = await client.funded(1n);
    const { messageBytes, signatures } = await client.transaction([transfer(from, from.address, 1n)], from);
    const forged = Uint8Array.from(signatures[from.address]);
    forged[0] ^= 1;
    const wire = getBase64EncodedWireTransaction({ messageBytes, signatures: { [from.address]: forged } });
    await assert.rejects(rpc.sendTransaction(wire, { encoding: 'base64' }).send(), (error) =>
      isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_SIGNATURE_VERIFICATION_FAILURE));
  });

  test('the client understands every other answer', async () => {
    const from = await client.funded();
    const signature = await client.send([transfer(from, from.address, 1n)], from, { commitment: 'finalized' });
    const [{ slot }] = await rpc.getSignaturesForAddress(from.address, { limit: 1 }).send();
    const block = await rpc.getBlock(slot, { maxSupportedTransactionVersion: 0, encoding: 'jsonParsed' }).send();
    const found = block.transactions.find(({ transaction }) => transaction.signatures.includes(signature));
    assert.deepEqual(found.transaction.message.accountKeys[0],
      { pubkey: from.address, signer: true, source: 'transaction', writable: true });
    assert.equal(found.transaction.message.instructions[0].programId, dz.SYSTEM_PROGRAM);
    assert.ok((await rpc.getBlocks(slot, slot).send()).includes(slot));
    assert.deepEqual(await rpc.getBlocksWithLimit(slot, 1).send(), [slot]);
    assert.ok((await rpc.getBlockTime(slot).send()) > 1_600_000_000n);
    const { value: [account, none] } = await rpc.getMultipleAccounts([from.address, toBase58(Buffer.alloc(32, 9))],
      { encoding: 'jsonParsed' }).send();
    assert.equal(account.owner, dz.SYSTEM_PROGRAM);
    assert.equal(none, null);
    assert.ok((await rpc.getLatestBlockhash().send()).value.lastValidBlockHeight > 0n);
    const { blockhash } = (await rpc.getLatestBlockhash().send()).value;
    assert.equal((await rpc.isBlockhashValid(blockhash, { commitment: 'confirmed' }).send()).value, true);
    const message = (await client.transaction([transfer(from, from.address, 1n)], from)).messageBytes;
    assert.equal((await rpc.getFeeForMessage(base64(message), { commitment: 'confirmed' }).send()).value, 5000n);
    assert.ok((await rpc.getMinimumBalanceForRentExemption(0n).send()) > 0n);
    assert.ok((await rpc.getEpochInfo().send()).slotsInEpoch > 0n);
    assert.ok((await rpc.getEpochSchedule().send()).slotsPerEpoch > 0n);
    assert.ok((await rpc.getBlockHeight().send()) > 0n);
    assert.ok((await rpc.getTransactionCount().send()) > 0n);
    assert.ok((await rpc.getVersion().send())['solana-core']);
    assert.ok(await rpc.getGenesisHash().send());
    assert.equal(await rpc.getHealth().send(), 'ok');
    const { identity } = await rpc.getIdentity().send();
    assert.equal(await rpc.getSlotLeader().send(), identity);
    assert.deepEqual(await rpc.getSlotLeaders(slot, 2).send(), [identity, identity]);
    assert.ok(identity in (await rpc.getLeaderSchedule().send()));
    assert.equal((await rpc.getClusterNodes().send())[0].pubkey, identity);
    assert.deepEqual(await rpc.getVoteAccounts().send(), { current: [], delinquent: [] });
    assert.ok(Array.isArray(await rpc.getRecentPrioritizationFees().send()));
    assert.equal(await rpc.getFirstAvailableBlock().send(), 0n);
    assert.equal(await rpc.minimumLedgerSlot().send(), 0n);
  });
});

describe('kit with a node of short slots', limits, () => {
  let devnet;
  let client;
  before(async () => {
    devnet = await Devnet.start({ seed: false, options: ['--slot-ms', '20'] });
    client = new Client(devnet);
  });
  after(() => devnet?.stop());

  test('a transaction whose blockhash has expired is refused, and given up', async () => {
    const { rpc } = client;
    const from = await generateKeyPairSigner();
    await rpc.requestAirdrop(from.address, lamports(SOL)).send();
    await until(async () => (await client.balance(from.address)) > 0n);
    const { value: lifetime } = await rpc.getLatestBlockhash({ commitment: 'confirmed' }).send();
    const transaction = await client.transaction([transfer(from, from.address, 1n)], from, { lifetime });
    await until(async () => (await rpc.getBlockHeight({ commitment: 'confirmed' }).send()) > lifetime.lastValidBlockHeight);

    await assert.rejects(client.sendAndConfirm(transaction, { commitment: 'confirmed' }), (error) =>
      isSolanaError(error.cause, SOLANA_ERROR__TRANSACTION_ERROR__BLOCKHASH_NOT_FOUND));
    await assert.rejects(client.sendAndConfirm(transaction, { commitment: 'confirmed', skipPreflight: true }), (error) =>
      isSolanaError(error, SOLANA_ERROR__BLOCK_HEIGHT_EXCEEDED));
  });
});
