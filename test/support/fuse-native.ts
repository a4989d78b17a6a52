import { createRequire } from 'node:module';
import test, { type TestFn } from 'ava';

/** Why the package fuse-native cannot be used here; undefined where it can. */
function missing(): string | undefined {
  try {
    createRequire(import.meta.url)('fuse-native');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
}

export const cannotLoad = missing();
if (cannotLoad !== undefined) process.stderr.write(`Tests of the engine fuse-native are skipped: ${cannotLoad}\n`);

/** For tests of the second engine, whose package is an optional dependency. */
export const testNative = (cannotLoad === undefined ? test : test.skip) as TestFn;
