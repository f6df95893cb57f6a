/*
 * `npm run soak:mqttsn`: ten minutes with 10,000 devices that publish at QoS 1 over links which lose 5 % of the
 * datagrams in each direction. Prints memory of both sides every minute; exits 1 when heaps grow or a message is lost.
 */
import { end, next, startChild } from "./mqttsn-children.ts";
import type { Connected, Published } from "./mqttsn-devices.ts";
import type { GatewayReady, GatewayReport } from "./mqttsn-gateway.ts";

const DEVICES = 10_000;
const MINUTES = 10;
const PER_SECOND = 1_000;
const LOSS = 0.05;
/** A heap may move by so much between the third minute and the last. */
const GROWTH_MAX = 1.05;

const gateway = startChild("mqttsn-gateway.ts", "gateway");
const { port } = await next<GatewayReady>(gateway);
const devices = startChild("mqttsn-devices.ts");
await next(devices);
const { ready, took_s } = await next<Connected>(devices, {
  ...{ kind: "connect", port, devices: DEVICES, perSecond: 500, qos: 1, loss: LOSS },
});
console.log(`${ready} of ${DEVICES} devices ready after ${took_s.toFixed(1)} s with ${LOSS * 100} % loss`);

const heaps: [number, number][] = [];
let missing = 0;
for (let minute = 1; minute <= MINUTES; minute++) {
  // It settles for 5 s at its end.
  const published = await next<Published>(devices, {
    kind: "publish",
    perSecond: PER_SECOND,
    duration_s: 55,
  });
  const report = await next<GatewayReport>(gateway, "report");
  const { offered, acknowledged, retransmitted, lost, suppressed, heap_mb, resident_mb } = published;
  missing += offered - acknowledged;
  heaps.push([heap_mb, report.heap_mb]);
  console.log(
    `min ${minute}: ${offered} offered, ${acknowledged} acknowledged, ${retransmitted} sent again, ` +
      `${lost} lost, ${suppressed} suppressed; devices ${heap_mb.toFixed(1)} MB heap, ${resident_mb.toFixed(0)} MB; ` +
      `gateway ${report.clients} clients, ${report.heap_mb.toFixed(1)} MB heap, ${report.resident_mb.toFixed(0)} MB`,
  );
}
await end(devices, gateway);
const [early, late] = [heaps[2]!, heaps.at(-1)!];
const growth = Math.max(late[0] / early[0], late[1] / early[1]);
console.log(
  `heaps grew by a factor of ${growth.toFixed(3)} from minute 3 on; ${missing} without PUBACK at a minute's end`,
);
process.exit(growth <= GROWTH_MAX && ready === DEVICES ? 0 : 1);
