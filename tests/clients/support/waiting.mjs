// Waiting for what a node tells or becomes. Nothing here is a measure of speed: the limits only end what hangs.
import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 600_000;

/// For `describe` and `test`.
export const limits = { timeout: LIMIT_MS };

/// Asks again until `condition` holds.
export async function until(condition) {
  for (const end = Date.now() + LIMIT_MS; !(await condition()); await pause(20)) {
    if (Date.now() > end) throw new Error(`still waiting for: ${condition}`);
  }
}

/// What a callback was given, in order, for one reader.
export class Stream {
  #items = [];
  #wake = () => {};

  /// Reads `source` to its end. A client's iterator keeps what comes from its first step on, so this begins at once.
  static of(source) {
    const stream = new Stream();
    (async () => {
      for await (const item of source) stream.push(item);
    })().catch((error) => stream.push(error));
    return stream;
  }

  push(item) {
    this.#items.push(item);
    this.#wake();
  }

  /// The next one that `wanted` accepts; those before it are dropped.
  async next(wanted = () => true) {
    for (;;) {
      while (this.#items.length > 0) {
        const item = this.#items.shift();
        if (wanted(item)) return item;
      }
      await new Promise((resolve) => { this.#wake = resolve; });
    }
  }
}
