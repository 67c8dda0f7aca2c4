// doublezero-devnet as @solana/web3.js 1.x sees it.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import {
  ComputeBudgetProgram,
  Connection,
  Keypair,
  LAMPORTS_PER_SOL,
  PublicKey,
  SendTransactionError,
  SystemProgram,
  Transaction,
  TransactionExpiredBlockheightExceededError,
  TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
  sendAndConfirmTransaction,
} from '@solana/web3.js';
import { Devnet } from './support/devnet.mjs';
import { Stream, limits, until } from './support/waiting.mjs';
import * as dz from './support/serviceability.mjs';

const base58 = (bytes) => new PublicKey(bytes).toBase58();
/// Filters of accounts.
const at = (offset, bytes) => ({ memcmp: { offset, bytes: Buffer.from(bytes).toString('base64'), encoding: 'base64' } });
const startsWith = (type) => at(0, [type]);

/// One node, one connection to it, and what the tests do with them.
class Client {
  constructor(devnet, fetchOptions = {}) {
    this.devnet = devnet;
    this.program = devnet.programId && new PublicKey(devnet.programId);
    this.connection = new Connection(devnet.rpc, { commitment: 'confirmed', wsEndpoint: devnet.ws, ...fetchOptions });
  }

  derive = (seeds) => {
    const bytes = seeds.map((seed) => (seed.address ? new PublicKey(seed.address).toBytes() : seed));
    return PublicKey.findProgramAddressSync(bytes, this.program)[0].toBase58();
  };

  /// An instruction of the program in this client's form.
  instruction({ accounts, data }) {
    const keys = accounts.map(({ address, writable, signer }) => ({
      pubkey: new PublicKey(address), isWritable: writable, isSigner: signer,
    }));
    return new TransactionInstruction({ programId: this.program, keys, data });
  }

  /// A key with a balance.
  async funded(sol = 10) {
    const key = Keypair.generate();
    await this.confirm(await this.connection.requestAirdrop(key.publicKey, sol * LAMPORTS_PER_SOL));
    return key;
  }

  async confirm(signature, commitment = 'confirmed') {
    const strategy = { signature, ...(await this.connection.getLatestBlockhash()) };
    const { value } = await this.connection.confirmTransaction(strategy, commitment);
    assert.equal(value.err, null);
  }

  send(instruction, signer) {
    return sendAndConfirmTransaction(this.connection, new Transaction().add(instruction), [signer]);
  }

  async versioned(instructions, signer) {
    const { blockhash } = await this.connection.getLatestBlockhash();
    const message = new TransactionMessage({ payerKey: signer.publicKey, recentBlockhash: blockhash, instructions });
    const transaction = new VersionedTransaction(message.compileToV0Message());
    transaction.sign([signer]);
    return transaction;
  }

  async key(name) {
    return Keypair.fromSecretKey(await this.devnet.keyBytes(name));
  }

  /// The address of the device with this code.
  async device(code) {
    const found = await this.connection.getProgramAccounts(this.program, {
      filters: [startsWith(dz.AccountType.device), at(dz.DEVICE_CODE_OFFSET, dz.lengthAndText(code))],
      dataSlice: { offset: 0, length: 0 },
    });
    assert.equal(found.length, 1);
    return found[0].pubkey.toBase58();
  }

  /// A funded key that may connect from `ip`, and its CreateUser.
  async newcomer(ip, code = 'ny5-dz01') {
    const user = await this.funded();
    const foundation = await this.key('foundation');
    const pass = { payer: foundation.publicKey.toBase58(), user: user.publicKey.toBase58(), ip };
    await this.send(this.instruction(await dz.setAccessPass(this.derive, pass)), foundation);
    const wish = { payer: user.publicKey.toBase58(), device: await this.device(code), ip };
    return { user, device: wish.device, create: this.instruction(await dz.createUser(this.derive, wish)) };
  }
}

const transfer = (from, to, lamports) =>
  SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports });

describe('web3.js', limits, () => {
  let devnet;
  let client;
  let connection;
  before(async () => {
    devnet = await Devnet.start({ options: ['--finalize-after', '4'] });
    client = new Client(devnet);
    connection = client.connection;
  });
  after(() => devnet?.stop());

  test('an airdrop arrives', async () => {
    const key = Keypair.generate();
    const signature = await connection.requestAirdrop(key.publicKey, LAMPORTS_PER_SOL);
    await client.confirm(signature);
    assert.equal(await connection.getBalance(key.publicKey), LAMPORTS_PER_SOL);
  });

  test('a legacy transaction transfers lamports and pays its fee', async () => {
    const from = await client.funded();
    const to = Keypair.generate().publicKey;
    const signature = await client.send(transfer(from, to, LAMPORTS_PER_SOL), from);
    assert.equal(await connection.getBalance(to), LAMPORTS_PER_SOL);
    assert.equal(await connection.getBalance(from.publicKey), 9 * LAMPORTS_PER_SOL - 5000);
    const landed = await connection.getTransaction(signature, { maxSupportedTransactionVersion: 0 });
    assert.equal(landed.version, 'legacy');
    assert.equal(landed.meta.fee, 5000);
    assert.ok(landed.transaction.message.accountKeys.some((key) => key.equals(to)));
  });

  test('a transaction of version 0 transfers lamports, with a compute budget', async () => {
    const from = await client.funded();
    const to = Keypair.generate().publicKey;
    const budget = [
      ComputeBudgetProgram.setComputeUnitLimit({ units: 10_000 }),
      ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1_000_000 }),
    ];
    const transaction = await client.versioned([...budget, transfer(from, to, LAMPORTS_PER_SOL)], from);
    const signature = await connection.sendTransaction(transaction);
    await client.confirm(signature);
    assert.equal(await connection.getBalance(to), LAMPORTS_PER_SOL);
    const landed = await connection.getTransaction(signature, { maxSupportedTransactionVersion: 0 });
    assert.equal(landed.version, 0);
    assert.equal(landed.meta.fee, 5000 + 10_000);
    assert.deepEqual(landed.transaction.message.serialize(), transaction.message.serialize());
  });

  async function assertUser(ip, { user, device }) {
    const account = await connection.getAccountInfo(new PublicKey(client.derive(dz.userSeeds(ip))));
    assert.ok(account.owner.equals(client.program));
    assert.equal(account.data.length, dz.USER_SIZE);
    const seen = dz.readUser(account.data);
    assert.equal(base58(seen.owner), user.publicKey.toBase58());
    assert.equal(base58(seen.device), device);
    assert.equal(seen.accountType, dz.AccountType.user);
    assert.equal(seen.clientIp, ip);
    assert.equal(seen.dzIp, ip);
    assert.equal(seen.status, 1);
  }

  test('a legacy transaction creates a user', async () => {
    const ip = '9.200.0.1';
    const newcomer = await client.newcomer(ip);
    await client.send(newcomer.create, newcomer.user);
    await assertUser(ip, newcomer);
  });

  test('a transaction of version 0 creates a user', async () => {
    const ip = '9.200.0.2';
    const newcomer = await client.newcomer(ip);
    await client.confirm(await connection.sendTransaction(await client.versioned([newcomer.create], newcomer.user)));
    await assertUser(ip, newcomer);
  });

  test('simulateTransaction tells what would happen and changes nothing', async () => {
    const ip = '9.200.0.3';
    const { user, create } = await client.newcomer(ip);
    const address = new PublicKey(client.derive(dz.userSeeds(ip)));
    const transaction = await client.versioned([create], user);

    const { value } = await connection.simulateTransaction(transaction, {
      sigVerify: true,
      accounts: { encoding: 'base64', addresses: [address.toBase58()] },
    });
    assert.equal(value.err, null);
    assert.ok(value.unitsConsumed > 0);
    assert.match(value.logs[0], new RegExp(`^Program ${client.program} invoke \\[1\\]$`));
    assert.match(value.logs.at(-1), new RegExp(`^Program ${client.program} success$`));
    const [shown] = value.accounts;
    assert.equal(dz.readUser(Buffer.from(shown.data[0], 'base64')).clientIp, ip);
    assert.equal(await connection.getAccountInfo(address), null);
  });

  test('simulateTransaction needs neither a signature nor a valid blockhash where it is told so', async () => {
    const from = await client.funded();
    const message = new TransactionMessage({
      payerKey: from.publicKey,
      recentBlockhash: base58(Buffer.alloc(32, 7)),
      instructions: [transfer(from, from.publicKey, 1)],
    }).compileToV0Message();
    const unsigned = new VersionedTransaction(message);
    assert.equal((await connection.simulateTransaction(unsigned)).value.err, 'BlockhashNotFound');
    const { value } = await connection.simulateTransaction(unsigned, { replaceRecentBlockhash: true });
    assert.equal(value.err, null);
    assert.ok(value.replacementBlockhash === undefined || value.replacementBlockhash.blockhash);
    // The form of old, which fills in the blockhash itself.
    const legacy = new Transaction().add(transfer(from, from.publicKey, 1));
    assert.equal((await connection.simulateTransaction(legacy, [from])).value.err, null);
  });

  test('getProgramAccounts filters and slices', async () => {
    const ip = '9.200.0.4';
    const { user, create } = await client.newcomer(ip);
    await client.send(create, user);
    const owner = { memcmp: { offset: 1, bytes: user.publicKey.toBase58() } };

    const whole = await connection.getProgramAccounts(client.program, { filters: [owner, { dataSize: dz.USER_SIZE }] });
    assert.deepEqual(whole.map(({ pubkey }) => pubkey.toBase58()), [client.derive(dz.userSeeds(ip))]);
    assert.equal(dz.readUser(whole[0].account.data).clientIp, ip);

    const sliced = await connection.getProgramAccounts(client.program, {
      filters: [owner, { dataSize: dz.USER_SIZE }], dataSlice: { offset: 116, length: 4 },
    });
    assert.deepEqual([...sliced[0].account.data], ip.split('.').map(Number));

    const { context, value } = await connection.getProgramAccounts(client.program, {
      filters: [owner, { dataSize: dz.USER_SIZE + 1 }], withContext: true,
    });
    assert.ok(context.slot > 0);
    assert.deepEqual(value, []);
  });

  test('subscriptions tell of accounts, of programs through filters, of slots, signatures and logs', async () => {
    const ip = '9.200.0.5';
    const { user, create } = await client.newcomer(ip);
    const payer = new Stream();
    const users = new Stream();
    const slots = new Stream();
    const logs = new Stream();
    const status = new Stream();
    const transaction = await client.versioned([create], user);
    const ids = [
      connection.onAccountChange(user.publicKey, (account) => payer.push(account), { commitment: 'confirmed' }),
      connection.onProgramAccountChange(client.program, (keyed) => users.push(keyed), {
        commitment: 'confirmed',
        filters: [{ dataSize: dz.USER_SIZE }, { memcmp: { offset: 1, bytes: user.publicKey.toBase58() } }],
      }),
      connection.onSlotChange((slot) => slots.push(slot)),
      connection.onLogs(client.program, (entry) => logs.push(entry), 'confirmed'),
    ];
    const [accountId, programId, slotId, logsId] = ids;
    await Promise.all(ids.map((id) => subscribed(id)));

    const sent = await connection.sendTransaction(transaction);
    connection.onSignature(sent, (result) => status.push(result), 'confirmed');

    assert.equal((await status.next()).err, null);
    const { accountId: address, accountInfo } = await users.next();
    assert.equal(address.toBase58(), client.derive(dz.userSeeds(ip)));
    assert.equal(dz.readUser(accountInfo.data).clientIp, ip);
    assert.ok((await payer.next()).lamports < 10 * LAMPORTS_PER_SOL);
    const entry = await logs.next((one) => one.signature === sent);
    assert.equal(entry.err, null);
    assert.ok(entry.logs.length > 0);
    const first = await slots.next();
    const second = await slots.next();
    assert.ok(second.slot > first.slot && second.parent < second.slot && second.root <= second.parent);

    await connection.removeAccountChangeListener(accountId);
    await connection.removeProgramAccountChangeListener(programId);
    await connection.removeSlotChangeListener(slotId);
    await connection.removeOnLogsListener(logsId);
  });

  /// The client sends its subscriptions by and by, and lets nobody see when but its own state.
  function subscribed(id) {
    return until(() => {
      const hash = connection._subscriptionHashByClientSubscriptionId[id];
      return connection._subscriptionsByHash[hash]?.state === 'subscribed';
    });
  }

  test('a transaction is processed, then confirmed, then finalized', async () => {
    const from = await client.funded();
    const to = Keypair.generate().publicKey;
    const transaction = await client.versioned([transfer(from, to, LAMPORTS_PER_SOL)], from);
    const signature = await connection.sendTransaction(transaction);
    const order = ['processed', 'confirmed', 'finalized'];
    for (const commitment of order) {
      await client.confirm(signature, commitment);
      const { value } = await connection.getSignatureStatus(signature);
      assert.ok(order.indexOf(value.confirmationStatus) >= order.indexOf(commitment));
      assert.equal(value.confirmations === null, value.confirmationStatus === 'finalized');
      assert.equal(await connection.getBalance(to, commitment), LAMPORTS_PER_SOL);
    }
    // One after the other, since slots go by.
    const finalized = await connection.getSlot('finalized');
    const confirmed = await connection.getSlot('confirmed');
    const processed = await connection.getSlot('processed');
    assert.ok(finalized < confirmed && confirmed <= processed);
  });

  test('a device without room refuses with custom error 20', async () => {
    const { user, device, create } = await client.newcomer('9.200.0.6', 'ams-dz001');
    const contributor = await client.key('contributor');
    const [account] = await connection.getProgramAccounts(client.program, {
      filters: [startsWith(dz.AccountType.contributor)],
      dataSlice: { offset: 0, length: 0 },
    });
    const lock = { payer: contributor.publicKey.toBase58(), device, contributor: account.pubkey.toBase58(), users: 0 };
    await client.send(client.instruction(await dz.setMaxUsers(client.derive, lock)), contributor);

    // Refused by the preflight: the client shows the node's message and logs.
    const transaction = await client.versioned([create], user);
    await assert.rejects(connection.sendTransaction(transaction), (error) => {
      assert.ok(error instanceof SendTransactionError);
      assert.match(error.transactionError.message, /Error processing Instruction 0: custom program error: 0x14$/);
      assert.ok(error.logs.some((line) => line.includes(`Program ${client.program} failed: custom program error: 0x14`)));
      return true;
    });
    // Without preflight it lands, and its status says why it failed.
    const expected = { InstructionError: [0, { Custom: dz.ErrorCode.maxUsersExceeded }] };
    const signature = await connection.sendTransaction(transaction, { skipPreflight: true });
    // The client returns the error that it is notified of, and throws the one that it finds.
    const outcome = await connection.confirmTransaction({ signature, ...(await connection.getLatestBlockhash()) })
      .then(({ value }) => value.err, (error) => error);
    assert.deepEqual(outcome, expected);
    // It may have found it before it was confirmed.
    let landed;
    await until(async () => (landed = await connection.getTransaction(signature, { maxSupportedTransactionVersion: 0 })));
    assert.deepEqual(landed.meta.err, expected);
    // The legacy form by the client's own way.
    await assert.rejects(client.send(create, user), SendTransactionError);
  });

  test('who has too little is told so', async () => {
    const poor = Keypair.generate();
    const rich = await client.funded(1);
    const unfunded = await client.versioned([transfer(poor, rich.publicKey, 1)], poor);
    await assert.rejects(connection.sendTransaction(unfunded),
      /Attempt to debit an account but found no record of a prior credit\./);
    const tooMuch = await client.versioned([transfer(rich, poor.publicKey, 2 * LAMPORTS_PER_SOL)], rich);
    await assert.rejects(connection.sendTransaction(tooMuch), (error) => {
      assert.match(error.transactionError.message, /custom program error: 0x1$/);
      assert.ok(error.logs.some((line) => /insufficient lamports/.test(line)));
      return true;
    });
  });

  test('a signature that does not fit is refused', async () => {
    const from = await client.funded(1);
    const transaction = await client.versioned([transfer(from, from.publicKey, 1)], from);
    transaction.signatures[0][0] ^= 1;
    await assert.rejects(connection.sendTransaction(transaction), /signature verification failure/i);
  });

  test('many transactions come in one batch, compressed', async () => {
    const from = await client.funded();
    const signatures = [];
    for (let lamports = 1; lamports <= 8; ++lamports) {
      const transaction = await client.versioned([transfer(from, from.publicKey, lamports)], from);
      signatures.push(await connection.sendTransaction(transaction));
    }
    for (const signature of signatures) await client.confirm(signature);

    const seen = [];
    const watched = new Client(devnet, {
      fetch: async (url, options) => {
        const response = await fetch(url, options);
        seen.push({ batch: Array.isArray(JSON.parse(options.body)), encoding: response.headers.get('content-encoding') });
        return response;
      },
    });
    const landed = await watched.connection.getTransactions(signatures, { maxSupportedTransactionVersion: 0 });
    assert.deepEqual(landed.map(({ transaction }) => transaction.signatures[0]), signatures);
    assert.deepEqual(seen, [{ batch: true, encoding: 'gzip' }]);
    const parsed = await connection.getParsedTransactions(signatures, { maxSupportedTransactionVersion: 0 });
    for (const { transaction } of parsed) {
      const [first] = transaction.message.accountKeys;
      assert.deepEqual({ ...first, pubkey: first.pubkey.toBase58() },
        { pubkey: from.publicKey.toBase58(), signer: true, writable: true, source: 'transaction' });
      assert.equal(transaction.message.instructions[0].programId.toBase58(), dz.SYSTEM_PROGRAM);
    }
  });

  test('the client understands every other answer', async () => {
    const from = await client.funded();
    const signature = await client.send(transfer(from, from.publicKey, 1), from);
    await client.confirm(signature, 'finalized');
    const [{ slot }] = await connection.getSignaturesForAddress(from.publicKey, { limit: 1 });
    const block = await connection.getBlock(slot, { maxSupportedTransactionVersion: 0 });
    assert.ok(block.transactions.some(({ transaction }) => transaction.signatures.includes(signature)));
    const bare = await connection.getBlockSignatures(slot);
    assert.ok(bare.signatures.includes(signature));
    const parsed = await connection.getParsedBlock(slot, { maxSupportedTransactionVersion: 0 });
    assert.equal(parsed.blockhash, block.blockhash);
    assert.ok((await connection.getBlocks(slot, slot)).includes(slot));
    assert.ok((await connection.getBlockTime(slot)) > 1_600_000_000);
    assert.equal((await connection.getMultipleAccountsInfo([from.publicKey]))[0].lamports > 0, true);
    assert.ok((await connection.getParsedAccountInfo(from.publicKey)).value);
    assert.ok((await connection.getParsedProgramAccounts(client.program)).length > 8);
    const message = new TransactionMessage({
      payerKey: from.publicKey, recentBlockhash: (await connection.getLatestBlockhash()).blockhash,
      instructions: [transfer(from, from.publicKey, 1)],
    }).compileToV0Message();
    assert.equal((await connection.getFeeForMessage(message)).value, 5000);
    assert.ok((await connection.isBlockhashValid(message.recentBlockhash)).value);
    assert.ok((await connection.getMinimumBalanceForRentExemption(0)) > 0);
    assert.ok((await connection.getEpochInfo()).slotsInEpoch > 0);
    assert.ok((await connection.getEpochSchedule()).slotsPerEpoch > 0);
    assert.ok((await connection.getBlockHeight()) > 0);
    assert.ok((await connection.getTransactionCount()) > 0);
    assert.ok((await connection.getVersion())['solana-core']);
    assert.ok(await connection.getGenesisHash());
    const leader = await connection.getSlotLeader();
    assert.deepEqual((await connection.getSlotLeaders(slot, 2)).map(String), [leader, leader]);
    assert.ok(leader in (await connection.getLeaderSchedule()));
    assert.equal((await connection.getClusterNodes())[0].pubkey, leader);
    assert.deepEqual(await connection.getVoteAccounts(), { current: [], delinquent: [] });
    assert.ok(Array.isArray(await connection.getRecentPrioritizationFees()));
    assert.equal(await connection.getFirstAvailableBlock(), 0);
    assert.equal(await connection.getMinimumLedgerSlot(), 0);
  });
});

describe('web3.js with a node of short slots', limits, () => {
  let devnet;
  let client;
  before(async () => {
    devnet = await Devnet.start({ seed: false, options: ['--slot-ms', '20'] });
    client = new Client(devnet);
  });
  after(() => devnet?.stop());

  test('a transaction whose blockhash has expired is refused, and given up', async () => {
    const { connection } = client;
    const from = Keypair.generate();
    await connection.requestAirdrop(from.publicKey, LAMPORTS_PER_SOL);
    await until(async () => (await connection.getBalance(from.publicKey)) > 0);
    const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash();
    const transaction = new Transaction({ feePayer: from.publicKey, blockhash, lastValidBlockHeight })
      .add(transfer(from, from.publicKey, 1));
    transaction.sign(from);
    await until(async () => (await connection.getBlockHeight()) > lastValidBlockHeight);
    assert.equal((await connection.isBlockhashValid(blockhash)).value, false);

    await assert.rejects(connection.sendRawTransaction(transaction.serialize()), /Blockhash not found/);
    const signature = await connection.sendRawTransaction(transaction.serialize(), { skipPreflight: true });
    await assert.rejects(connection.confirmTransaction({ signature, blockhash, lastValidBlockHeight }),
      TransactionExpiredBlockheightExceededError);
  });
});

describe('web3.js given an RPC address alone', limits, () => {
  /// A port that is free now, as is the one above it.
  async function twoFreePorts() {
    for (;;) {
      const lower = await listen(0);
      const { port } = lower.address();
      const upper = port < 65_535 ? await listen(port + 1).catch(() => null) : null;
      await Promise.all([lower, upper].map((server) => server && new Promise((done) => server.close(done))));
      if (upper) return port;
    }
  }

  function listen(port) {
    return new Promise((resolve, reject) => {
      const server = createServer().once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve(server));
    });
  }

  /// Somebody else may take a port in between: then others are tried.
  async function startOnPorts(attempts = 20) {
    const port = await twoFreePorts();
    try {
      return { port, devnet: await Devnet.start({ bind: `127.0.0.1:${port}`, seed: false }) };
    } catch (error) {
      if (attempts === 1) throw error;
      return startOnPorts(attempts - 1);
    }
  }

  test('it finds WebSocket on the port above', async () => {
    const { port, devnet } = await startOnPorts();
    try {
      assert.equal(devnet.ws, `ws://127.0.0.1:${port + 1}`);
      const connection = new Connection(devnet.rpc, 'confirmed');
      const slots = new Stream();
      const id = connection.onSlotChange((slot) => slots.push(slot));
      assert.ok((await slots.next()).slot > 0);
      await connection.removeSlotChangeListener(id);
    } finally {
      await devnet.stop();
    }
  });
});
