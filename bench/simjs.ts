import { createRequire } from "node:module";

/** What the benchmark uses of the npm package simjs, which has no types. */
export interface SimJs {
  readonly Sim: new () => { addEntity(entity: unknown): void; simulate(end: number): void };
  readonly Store: new (capacity: number) => object;
  readonly Entity: new (...args: never[]) => {
    time(): number;
    setTimer(delay: number): Request;
    putStore(store: object, item: unknown): Request;
    getStore(store: object): Request;
    callbackMessage: unknown;
  };
}

interface Request {
  done(callback: () => void): void;
}

/** The package exports nothing: it puts itself into a browser's window. */
export function loadSimJs(): SimJs {
  const page: { Sim?: SimJs } = {};
  Object.assign(globalThis, { window: page });
  createRequire(import.meta.url)("simjs");
  return page.Sim!;
}
