import { counted } from "../report/verdict-text.ts";
import { beginWireFault, clearWireFault, freshId } from "./fault-commands.ts";
import type { Binding } from "./keys.ts";
import type { Room } from "./room.ts";

const OUTAGE = "server-down";

/** Takes a unit's OPC UA server offline, or brings it back. @param unit  undefined when there is none to act on */
export function serverKey(room: Room, unit: string | undefined): Binding {
  const run = (): void => {
    if (unit !== undefined) ask(room, unit).catch((error: unknown) => room.tell(String(error)));
  };
  return { key: "d", label: "server down/up", help: "take its OPC UA server offline, or bring it back", run };
}

async function ask({ desk, plan, ask, done, tell }: Room, unit: string): Promise<void> {
  const look = await desk.look(unit);
  const { opcua } = look.wire;
  if (!opcua) return tell(`${unit} has no OPC UA server`);
  const outages = look.wireFaults.filter(({ kind, until_s }) => kind === OUTAGE && until_s === undefined);
  const bringBack = async (): Promise<string> => {
    const said = await Promise.all(outages.map(({ id }) => clearWireFault(desk, unit, id)));
    return said.join("; ");
  };
  if (outages.length > 0) return done(bringBack());
  const { server } = plan.units.find(({ name }) => name === unit)!.opcua!;
  const isShared = plan.units.some(({ name, opcua: its }) => name !== unit && its?.server === server);
  const also = isShared ? " Other units are on it too." : "";
  const order = { id: freshId(OUTAGE, look), fault: OUTAGE, with: {} };
  ask({
    kind: "confirm",
    text: `Take the server of ${unit} offline? That cuts ${counted(opcua.sessions, "session")}.${also}`,
    onYes: () => done(beginWireFault(desk, unit, order)),
  });
}
