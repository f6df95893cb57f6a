import { format } from "node:util";
import { render } from "ink";
import { App, type AppProps } from "./app.tsx";
import type { LogBook } from "./log-book.ts";

const FRAMES_PER_S = 10;

export interface RoomOptions extends Pick<AppProps, "desk" | "plan" | "log" | "session"> {
  /** Somebody wants the run to end; the room is closed by then. */
  readonly onQuit: () => void;
  readonly onInterrupt: () => void;
  /** The room has closed itself because of a mistake of ours. */
  readonly onCrash: (error: unknown) => void;
}

/** Opens the control room on the terminal. @returns closes it and gives the terminal back; twice is harmless */
export function openControlRoom({ onQuit, onInterrupt, onCrash, ...shown }: RoomOptions): () => void {
  const giveBack = captureConsole(shown.log);
  // A program that is stopped would leave a terminal behind that no shell can use.
  const goOn = (): void => undefined;
  process.on("SIGTSTP", goOn);
  const close = (): void => {
    instance.unmount();
    giveBack();
    process.off("SIGTSTP", goOn);
  };
  const closing =
    <A extends readonly unknown[]>(then: (...given: A) => void) =>
    (...given: A): void => {
      close();
      then(...given);
    };
  const instance = render(
    <App
      {...shown}
      quit={closing(onQuit)}
      interrupt={closing(onInterrupt)}
      onCrash={(error) => setImmediate(closing(onCrash), error)}
      copy={copy}
    />,
    {
      alternateScreen: true,
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: FRAMES_PER_S,
      incrementalRendering: true,
    },
  );
  return close;
}

/** Lets the log have what libraries print, which would tear the screen. @returns takes it back */
function captureConsole(log: LogBook): () => void {
  const methods = ["log", "info", "warn", "error", "debug"] as const;
  const own = methods.map((method) => console[method]);
  for (const method of methods) {
    console[method] = (...words: unknown[]) =>
      format(...words)
        .split("\n")
        .forEach((line) => log.add(line));
  }
  return () => methods.forEach((method, i) => void (console[method] = own[i]!));
}

/** OSC 52, which terminals and tmux hand to the clipboard; one that does not know it ignores it. */
function copy(text: string): void {
  process.stdout.write(`\x1b]52;c;${Buffer.from(text).toString("base64")}\x07`);
}
