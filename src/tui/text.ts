/** Text of a given width, and figures as people read them. */
import { printable } from "../errors.ts";
import type { Value } from "./desk.ts";

/** Exactly so wide: padded, or cut with a mark at its end. */
export function fit(written: string, width: number): string {
  if (width <= 0) return "";
  const text = printable(written);
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}

/** At most so wide: cut in its middle, because names that begin alike differ at their end. */
export function shorten(written: string, width: number): string {
  const text = printable(written);
  if (text.length <= width) return text;
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
}

/** As `fit`, with the text at the right. */
export function fitRight(written: string, width: number): string {
  const text = printable(written);
  return text.length <= width ? text.padStart(width) : fit(text, width);
}

/** "Mon 06:00:05" of milliseconds since 1970. */
export function formatCalendar(calendar_ms: number): string {
  const date = new Date(calendar_ms);
  const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][date.getUTCDay()]!;
  return `${day} ${date.toISOString().slice(11, 19)}`;
}

/** "4 s", "12 min", "3.5 h", "12.7 d": how long something lasts, for a glance. */
export function formatSpan(span_s: number): string {
  const size_s = Math.abs(span_s);
  if (size_s < 10) return `${span_s.toFixed(1)} s`;
  if (size_s < 120) return `${span_s.toFixed(0)} s`;
  if (size_s < 7200) return `${(span_s / 60).toFixed(0)} min`;
  return size_s < 172_800 ? `${(span_s / 3600).toFixed(1)} h` : `${(span_s / 86_400).toFixed(1)} d`;
}

/** A value of a signal; numbers with as many places as a glance can use. */
export function formatValue(value: number | string | boolean | undefined): string {
  if (value === undefined) return "-";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3);
}

export const formatSpeed = (speed: number | "max"): string => (speed === "max" ? "max" : `${speed}×`);

/** "64%" of a share; "-" of none. */
export const percent = (share: Value | undefined): string =>
  typeof share === "number" && !Number.isNaN(share) ? `${Math.round(share * 100)}%` : "-";

/** "▰▰▰▱▱" of a share; one that is more than the whole is a full bar. */
export function bar(share: number, width: number): string {
  const full = Math.max(0, Math.min(Math.floor(share * width), width));
  return "▰".repeat(full) + "▱".repeat(width - full);
}

/** "▰▰▰▱▱  64%"; "-" of none. */
export const progressBar = (share: Value | undefined): string =>
  typeof share === "number" ? `${bar(share, 5)} ${percent(share).padStart(4)}` : "-";
