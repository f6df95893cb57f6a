/**
 * A gateway under test in a process of its own: MQTT-SN in, MQTT out, with a defect by choice.
 *
 *     node stand-in-gateway.ts UDP_PORT mqtt://127.0.0.1:PORT clean|deaf|lossy|altering|swapping|mute
 *
 * `deaf` acknowledges and passes nothing on; `lossy` loses one message and doubles another; `mute` does not even listen.
 */
import mqtt from "mqtt";
import { Broker } from "../../src/protocol/mqtt/broker.ts";
import { Gateway } from "../../src/protocol/mqttsn/gateway.ts";

const [port, north, defect] = process.argv.slice(2) as [string, string, string];
/** Which message it does it to, counted over all; and how many there are between the two. */
const VICTIM = 60;

if (defect === "mute") setInterval(() => console.log("still thinking"), 500);
else {
  const broker = new Broker({ port: 0 });
  await broker.start();
  const gateway = new Gateway({
    port: Number(port),
    broker: { name: "inner", connect: () => broker.connect() },
  });
  const [inner, outer] = [await mqtt.connectAsync(broker.url), await mqtt.connectAsync(north)];
  let count = 0;
  /** Waits until a later one of its topic has gone first. */
  let held: { readonly topic: string; readonly publish: () => void } | undefined;
  let isSwapped = false;
  inner.on("message", (topic, data) => {
    if (defect === "deaf") return;
    count += 1;
    const publish = (payload: Buffer | string = data): void => void outer.publish(topic, payload, { qos: 1 });
    if (defect === "lossy" && count === VICTIM) return;
    if (defect === "lossy" && count === 2 * VICTIM) publish();
    if (defect === "altering" && count === VICTIM) return publish(data.toString().replace('"q":0', '"q":1'));
    if (defect === "swapping" && count >= VICTIM && !held && !isSwapped) {
      held = { topic, publish };
      return;
    }
    publish();
    if (held?.topic !== topic) return;
    held.publish();
    [held, isSwapped] = [undefined, true];
  });
  await inner.subscribeAsync("#", { qos: 1 });
  await gateway.start();
  console.log("gateway ready");
}
