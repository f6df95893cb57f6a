/** The one script of a report, beside uPlot: draws its charts, again when colours or the width change, and for paper. */
export const SCRIPT = `
"use strict";
(() => {
  const PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f"];
  const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const two = (n) => String(n).padStart(2, "0");
  const clock = (s) => {
    const whole = Math.floor(s + 1e-6), rest = s - whole > 1e-6 ? (s - whole).toFixed(3).slice(1) : "";
    const days = Math.floor(whole / 86400), hours = Math.floor(whole / 3600) % 24;
    const tail = two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60) + rest;
    if (days > 0) return days + " d " + two(hours) + ":" + tail;
    return hours > 0 ? hours + ":" + tail : tail;
  };
  const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
    3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 31536000];
  const charts = [];
  const draw = (holder) => {
    const { symbol, end_s, series, windows, marks } = JSON.parse(holder.querySelector("script").textContent);
    const shade = (u) => {
      const { ctx, bbox } = u;
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      ctx.fillStyle = colour("--shade");
      for (const [from, until] of windows) {
        const x = u.valToPos(from, "x", true);
        ctx.fillRect(x, bbox.top, Math.max(1, u.valToPos(until, "x", true) - x), bbox.height);
      }
      ctx.fillStyle = colour("--ink");
      for (const at of marks) ctx.fillRect(u.valToPos(at, "x", true) - 1, bbox.top, 2, bbox.height);
      ctx.restore();
    };
    const axis = { stroke: () => colour("--soft"), grid: { stroke: () => colour("--grid"), width: 1 },
      ticks: { stroke: () => colour("--grid"), width: 1 }, font: "12px system-ui, sans-serif" };
    const number = (v) => v == null ? "–" : String(Math.round(v * 1000) / 1000) + (symbol ? " " + symbol : "");
    const options = {
      width: holder.clientWidth, height: 220,
      cursor: { drag: { x: true, y: false } },
      scales: { x: { time: false, range: (u, low, high) => low === null ? [0, end_s] : [low, high] } },
      axes: [
        { ...axis, incrs: STEPS, values: (u, splits) => splits.map(clock), space: 80 },
        { ...axis, size: 64 },
      ],
      series: [
        { label: "time", value: (u, v) => v == null ? "–" : clock(v) },
        ...series.map(({ unit }, i) => ({
          label: unit, stroke: PALETTE[i % PALETTE.length], dash: DASHES[Math.floor(i / 2) % DASHES.length],
          width: 1.5, spanGaps: true, points: { show: false }, value: (u, v) => number(v),
        })),
      ],
      hooks: { drawClear: [shade] },
    };
    const data = uPlot.join(series.map(({ times, values }) => [times, values]));
    const chart = new uPlot(options, data, holder);
    charts.push({ holder, chart });
  };
  for (const holder of document.querySelectorAll(".chart")) draw(holder);
  const redraw = () => { for (const { chart } of charts) chart.redraw(false, true); };
  const resize = () => {
    for (const { holder, chart } of charts)
      if (holder.clientWidth > 0 && holder.clientWidth !== chart.width) chart.setSize({ width: holder.clientWidth, height: 220 });
  };
  addEventListener("resize", resize);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  for (const details of document.querySelectorAll("details")) details.addEventListener("toggle", resize);
  addEventListener("beforeprint", () => { document.documentElement.dataset.print = ""; redraw(); });
  addEventListener("afterprint", () => { delete document.documentElement.dataset.print; redraw(); });
  document.documentElement.dataset.drawn = String(charts.length);
})();
`;
