import type { Quantity } from "../../signal/quantity.ts";
import { Sum } from "../../signal/trajectory.ts";
import { refuse, DONE, REFUSAL, type CommandOutcome } from "../command.ts";
import type { JobMachine } from "../job-commands.ts";
import { JobList } from "../job-list.ts";
import type { Register } from "../register.ts";
import { EVENT_SEVERITY } from "../unit-events.ts";
import type { UnitContext } from "../unit-context.ts";
import { Auxiliaries } from "./auxiliaries.ts";
import type { CncModel } from "./cnc-model.ts";
import { CncControl } from "./control.ts";
import { Machining } from "./machining.ts";
import type { Workpiece } from "./part-program.ts";
import { PowerMeter } from "./power-meter.ts";
import { Quality } from "./quality.ts";
import { ScrewGrowth } from "./thermal.ts";
import type { Tool } from "./tool.ts";
import { recession_um } from "./tool-wear.ts";
import { UseCounter } from "./use-counter.ts";

/** Of its powered life in which a machine has worked, as assumed before the scenario begins. */
const OPERATION_SHARE = 0.55;
/** Of that, in the cut. */
const CUTTING_SHARE = 0.5;
/** Hours that a machine has been powered before the scenario begins. */
const AGE_MIN_H = 1500;
const AGE_MAX_H = 18_000;
/** Share of the tolerance that the finishing tool may wear off before its offset is corrected. */
const DRIFT_SHARE = 0.3;
/** Displacement by a screw that is worn so far that its friction has doubled, µm. */
const BACKLASH_UM = 25;

/** What a machine's supply is at: dark, control on, drives on. */
export type PowerState = "off" | "standby" | "ready";

/**
 * A CNC machine tool: its drives, tools, auxiliaries and counters, and what they can do. Axis positions are machine
 * coordinates.
 */
export class CncMachine implements JobMachine {
  readonly context: UnitContext;
  readonly model: CncModel;
  readonly control: CncControl;
  readonly jobs: JobList;
  readonly auxiliaries: Auxiliaries;
  readonly machining: Machining;
  readonly quality: Quality;
  readonly screw: ScrewGrowth;
  readonly meter: PowerMeter;
  /** Name of the selected part program. */
  readonly program: Register<string>;
  /** Of the operation that is worked off: its number from 1, 0 for none, and its text. */
  readonly blockNumber: Register<number>;
  readonly block: Register<string>;
  readonly partsProduced: Register<number>;
  readonly partsScrapped: Register<number>;
  /** Hours. */
  readonly powerOnTime: UseCounter;
  /** Hours in which a program was worked off. */
  readonly operationTime: UseCounter;
  /** OPC 40001-1 operation mode. */
  readonly operationMode: Register<string>;
  readonly #basePower: Quantity;
  /** By program name, the selected one first. */
  readonly #memory: ReadonlyMap<string, Workpiece>;
  /** Made when no job order is due. */
  #standing: Workpiece;
  #power: PowerState = "ready";
  #coolant = false;
  #setUp = false;
  /** At work on repairs: two may be at one machine. */
  #crews = 0;

  /** @param workpieces  in the control's memory, the first is selected; at least one */
  constructor(context: UnitContext, model: CncModel, workpieces: readonly Workpiece[]) {
    this.context = context;
    this.model = model;
    this.#memory = new Map(workpieces.map((workpiece) => [workpiece.program.name, workpiece]));
    this.#standing = workpieces[0]!;
    this.control = new CncControl(context);
    this.jobs = new JobList(context);
    this.auxiliaries = new Auxiliaries(context, model);
    const age_h = AGE_MIN_H + (AGE_MAX_H - AGE_MIN_H) * context.key.child("age").uniform(0);
    const cutting_h = CUTTING_SHARE * OPERATION_SHARE * age_h;
    const onOverride = (): void => this.control.refresh();
    this.machining = new Machining(context, model, workpieces, this.auxiliaries, cutting_h, onOverride);
    this.quality = new Quality(context);
    this.screw = new ScrewGrowth(context, model);
    this.program = context.register<string>("program", this.#standing.program.name);
    this.operationMode = context.register<string>("operation-mode", "Processing");
    this.blockNumber = context.register<number>("block-number", 0);
    this.block = context.register<string>("block", "");
    this.partsProduced = context.register<number>("parts-produced", 0);
    this.partsScrapped = context.register<number>("parts-scrapped", 0);
    context.events.circumstances = () => ({
      program: this.program.value,
      job: this.jobs.active.value,
      "parts-produced": this.partsProduced.value,
      "parts-scrapped": this.partsScrapped.value,
    });
    this.powerOnTime = new UseCounter(context, "power-on-time", age_h);
    this.operationTime = new UseCounter(context, "operation-time", OPERATION_SHARE * age_h);
    this.powerOnTime.count(1);
    this.control.itemState.onChange((state) => this.#execute(state === "Executing"));
    this.#basePower = context.power("base-power");
    const { axes, axisPower, spindlePowers } = this.machining;
    this.meter = new PowerMeter(new Sum([this.#basePower, axisPower, ...spindlePowers]), [
      this.#basePower,
      ...axes,
      ...spindlePowers,
    ]);
    this.#supply();
  }

  /** What is in work, or was last. */
  get workpiece(): Workpiece {
    return this.machining.workpiece;
  }

  /** Names of the programs in memory. */
  get programs(): readonly string[] {
    return [...this.#memory.keys()];
  }

  /** Chooses what is made when no job order is due; a program that runs comes to its end first. */
  selectProgram(name: string): CommandOutcome {
    const chosen = this.#memory.get(name);
    if (!chosen)
      return refuse(REFUSAL.notFound, `there is no program "${name}"; one of ${this.programs.join(", ")}`);
    this.#standing = chosen;
    if (!this.control.running && !this.jobs.running) this.program.set(name);
    return DONE;
  }

  /** What the next part is of: the job order that is due, else the selected program. */
  selectWork(): void {
    const job = this.jobs.take();
    this.machining.workpiece = job ? this.#memory.get(job.program)! : this.#standing;
    this.program.set(this.workpiece.program.name);
  }

  /** The next kind of part in the control's memory is set up. */
  selectNextProgram(): void {
    const names = this.programs;
    this.selectProgram(names[(names.indexOf(this.#standing.program.name) + 1) % names.length]!);
  }

  /** The first piece of the selected program is measured, and its offsets entered. */
  approveFirstPiece(): void {
    const finishing = finishingTool(this.#standing);
    this.quality.cut(this.#growth_um(), finishing, this.#recession_um(finishing));
    this.quality.correct();
  }

  /** The program came to its end: a part is made, and its dimension decides whether it is a good one. */
  finishPart(): void {
    const { program } = this.workpiece;
    const finishing = finishingTool(this.workpiece);
    const recession_um = this.#recession_um(finishing);
    const good = this.quality.judge(this.#growth_um(), finishing, recession_um, program.tolerance_um);
    const counter = good ? this.partsProduced : this.partsScrapped;
    counter.set(counter.value + 1);
    this.jobs.count(good);
    this.context.events.emit(() => ({
      kind: "production",
      source: good ? "parts-produced" : "parts-scrapped",
      message: good
        ? `part ${this.partsProduced.value} of ${program.name} finished`
        : `a part of ${program.name} is out of tolerance`,
      severity: good ? EVENT_SEVERITY.routine : EVENT_SEVERITY.notable,
      fields: { quality: good ? "good" : "scrap", ...this.context.events.circumstances() },
    }));
  }

  /** A program that does not come to its end leaves scrap. */
  scrapPart(): void {
    this.partsScrapped.set(this.partsScrapped.value + 1);
    this.jobs.count(false);
  }

  hold(): CommandOutcome {
    const outcome = this.control.hold();
    if (outcome.done) this.jobs.interrupt(true);
    return outcome;
  }

  start(): CommandOutcome {
    const outcome = this.control.start();
    if (outcome.done) this.jobs.interrupt(false);
    return outcome;
  }

  stop(): CommandOutcome {
    return this.#endProgram(() => this.control.stop());
  }

  reset(): CommandOutcome {
    return this.#endProgram(() => this.control.reset());
  }

  /** Between two parts there is no scrap. The order ends. */
  #endProgram(press: () => CommandOutcome): CommandOutcome {
    const { running } = this.control;
    const outcome = press();
    if (!outcome.done) return outcome;
    if (running) this.scrapPart();
    this.jobs.abort();
    return outcome;
  }

  /** The next kind of part is being set up, or no more. */
  settingUp(underWay: boolean): void {
    this.#setUp = underWay;
    this.#showMode();
  }

  /** So many crews more, or less, repair the machine. */
  repairing(crews: number): void {
    this.#crews += crews;
    this.control.repair(this.#crews > 0);
    this.#showMode();
  }

  #showMode(): void {
    this.operationMode.set(this.#crews > 0 ? "Maintenance" : this.#setUp ? "Setup" : "Processing");
  }

  setCoolant(on: boolean): void {
    this.#coolant = on;
    this.#supply();
  }

  setPower(state: PowerState): void {
    if (state === this.#power) return;
    this.#power = state;
    this.powerOnTime.count(state === "off" ? 0 : 1);
    this.#supply();
  }

  #supply(): void {
    const { off_kw, standby_kw, ready_kw, auxiliaries_kw, coolant_kw } = this.model.power;
    const ready = ready_kw + auxiliaries_kw + (this.#coolant ? coolant_kw : 0);
    const power_kw = this.#power === "off" ? off_kw : this.#power === "standby" ? standby_kw : ready;
    this.#basePower.set(this.context.now_s, power_kw);
  }

  /** A new edge; the offsets that had followed the old one's wear are taken back. */
  replaceTool(tool: Tool): void {
    this.quality.sharpened(tool.number);
    tool.replace();
    this.machining.sharpened(tool);
  }

  /** Somebody replaces a tool by hand: not the one in the spindle while a program runs. */
  changeTool(number: number): CommandOutcome {
    const tool = this.machining.magazine.get(number);
    if (!tool) return refuse(REFUSAL.notFound, `there is no tool ${number} in the magazine`);
    if (this.control.running && tool === this.machining.tool)
      return refuse(REFUSAL.invalidState, `tool ${number} is in use`);
    this.replaceTool(tool);
    return DONE;
  }

  /** The finishing tool has worn so far since the last correction that a good operator measures again. */
  get finishingWearUncorrected(): boolean {
    return this.quality.drift_um > DRIFT_SHARE * this.workpiece.program.tolerance_um;
  }

  /** What spindle, screws and backlash displace a surface by. */
  #growth_um(): number {
    const now_s = this.context.now_s;
    const { spindle, axes } = this.machining;
    const backlash_um = axes.reduce((sum, axis) => sum + BACKLASH_UM * axis.wear.value, 0);
    return spindle.growth.value(now_s) + this.screw.growth.value(now_s) + backlash_um;
  }

  /** What the wear of the tool that finishes the part leaves standing. */
  #recession_um(finishing: number): number {
    return recession_um(this.machining.magazine.get(finishing)!.wear.value(this.context.now_s));
  }

  #execute(executing: boolean): void {
    this.operationTime.count(executing ? 1 : 0);
    this.auxiliaries.work(executing);
  }
}

function finishingTool({ program }: Workpiece): number {
  return program.operations.at(-1)!.tool;
}
