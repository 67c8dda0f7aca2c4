// A doublezero-devnet for one test file: started on free ports, ended with the file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = process.env.DZ_DEVNET;
if (!program) throw new Error('DZ_DEVNET names no doublezero-devnet: run these tests by tests/clients/run.py');

/// The first line that the node prints, or null when it ended without one.
async function firstLine(child) {
  for await (const line of createInterface({ input: child.stdout })) return line;
  return null;
}

export class Devnet {
  /// Starts a node with the demonstration network unless `options` say otherwise.
  static async start({ bind = '127.0.0.1:0', seed = true, options = [] } = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'dz-clients-'));
    const keys = join(directory, 'keys');
    const network = seed ? ['--seed', 'demo', '--keys', keys] : [];
    const words = ['--rpc-bind', bind, '--ledger', join(directory, 'ledger'), ...network, ...options];
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    // Whatever ends the tests ends the node.
    process.once('exit', () => child.kill('SIGKILL'));
    const log = [];
    child.stderr.setEncoding('utf8').on('data', (text) => log.push(text));
    const ended = once(child, 'close');
    const line = await firstLine(child);
    if (line === null) {
      await ended;
      await rm(directory, { recursive: true, force: true });
      throw new Error(`doublezero-devnet did not start:\n${log.join('')}`);
    }
    child.stdout.resume();
    const { rpc, ws, program_id } = JSON.parse(line);
    return Object.assign(new Devnet(), { rpc, ws, programId: program_id, keys, directory, child, ended });
  }

  /// The 64 bytes of one of the network's keys: foundation, contributor or publisher.
  async keyBytes(name) {
    return Uint8Array.from(JSON.parse(await readFile(join(this.keys, `${name}.json`), 'utf8')));
  }

  /// Ends the node; it must do so in order.
  async stop() {
    this.child.kill('SIGTERM');
    const [status, signal] = await this.ended;
    await rm(this.directory, { recursive: true, force: true });
    if (status !== 0) throw new Error(`doublezero-devnet ended with ${signal ?? `status ${status}`}`);
  }
}
