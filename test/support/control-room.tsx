import { render } from "ink-testing-library";
import { Run, type RunOptions } from "../../src/runtime/run.ts";
import type { Plan } from "../../src/scenario/plan.ts";
import { App } from "../../src/tui/app.tsx";
import { LogBook } from "../../src/tui/log-book.ts";
import { Session } from "../../src/tui/session.ts";

export const KEY = {
  ...{
    enter: "\r",
    escape: "\x1b",
    down: "\x1b[B",
    up: "\x1b[A",
    end: "\x1b[F",
    left: "\x1b[D",
    right: "\x1b[C",
    pageDown: "\x1b[6~",
    pageUp: "\x1b[5~",
    home: "\x1b[H",
  },
  ...{ tab: "\t", ctrlC: "\x03", ctrlU: "\x15" },
};

/** Lets React do what it does after a frame. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The control room of a real run whose time stands, on a terminal that a test reads. */
export class TestRoom {
  readonly run: Run;
  readonly log = new LogBook();
  readonly said: string[] = [];
  readonly #finished: Promise<unknown>;
  readonly #screen: ReturnType<typeof render>;
  #awake: () => void = () => undefined;

  private constructor(
    plan: Plan,
    run: Run,
    session: Session,
    finished: Promise<unknown>,
    size: [number, number],
  ) {
    this.run = run;
    this.#finished = finished;
    const say = (word: string) => (): void => {
      this.said.push(word);
      this.#awake();
    };
    const app = (
      <App
        {...{ desk: run, plan, log: this.log, session }}
        quit={say("quit")}
        interrupt={say("interrupt")}
        onCrash={(error) => say(`crash ${String(error)}`)()}
        copy={(text) => say(`copy ${text}`)()}
      />
    );
    this.#screen = render(app);
    const { stdout } = this.#screen;
    const write = stdout.write;
    Object.assign(stdout, {
      write: (frame: string) => {
        write(frame);
        this.#awake();
      },
    });
    this.resize(...size);
  }

  /** @param time_s  plant time at which it stands */
  static async open(
    plan: Plan,
    time_s: number,
    size: [number, number] = [120, 40],
    options: Partial<RunOptions> = {},
  ): Promise<TestRoom> {
    const session = new Session(plan);
    const onInput = session.add.bind(session);
    const run = new Run(plan, { ...options, isWatched: true, onInput });
    await run.start();
    const finished = run.finish();
    await run.pace({ do: "pause" });
    await run.pace({ do: "step", to_s: time_s });
    return new TestRoom(plan, run, session, finished, size);
  }

  get frame(): string {
    return this.#screen.lastFrame() ?? "";
  }

  resize(columns: number, rows: number): void {
    const { stdout } = this.#screen;
    for (const [name, value] of Object.entries({ columns, rows })) {
      Object.defineProperty(stdout, name, { value, configurable: true });
    }
    stdout.emit("resize");
  }

  /** Presses keys, one after the other. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#screen.stdin.write(key);
      await settle();
    }
  }

  /** Resolves with the first frame, from now on, that shows it. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.frame)) await this.#change();
    const { frame } = this;
    // What has just been drawn hears of keys a moment later.
    await settle();
    return frame;
  }

  async untilSaid(word: string): Promise<void> {
    while (!this.said.includes(word)) await this.#change();
  }

  async close(): Promise<void> {
    this.#screen.unmount();
    this.run.stop();
    await this.#finished;
    await this.run.close();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#awake = resolve;
    });
  }
}
