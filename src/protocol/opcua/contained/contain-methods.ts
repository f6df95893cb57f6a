import type { Containment } from "../../containment.ts";

/** Where an exception of an object's method belongs. */
export interface Responsible {
  readonly containment: Containment;
  readonly peer: string | undefined;
}

type Method = (this: object, ...args: unknown[]) => unknown;

/**
 * Replaces methods of a library's class by ones that contain their exceptions, for all objects made from now on.
 *
 * @param kind         what is under way, for the log
 * @param responsible  of an object; with undefined the exception passes, since the object is no server's
 * @param otherwise    what a method returns in place of an exception
 * @throws Error when the class lacks one of the methods: another version of the library
 */
export function containMethods(
  prototype: object,
  names: readonly string[],
  kind: string,
  responsible: (object: object) => Responsible | undefined,
  otherwise?: () => unknown,
): void {
  const methods = prototype as Record<string, Method | undefined>;
  for (const name of names) {
    const method = methods[name];
    if (!method) throw new Error(`the library has no method ${name}`);
    methods[name] = function (...args) {
      try {
        return method.apply(this, args);
      } catch (error) {
        const found = responsible(this);
        if (!found) throw error;
        found.containment.settle(error, kind, found.peer);
        return otherwise?.();
      }
    };
  }
}
