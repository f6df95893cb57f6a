import { setFlagsFromString } from "node:v8";

/**
 * Keeps the garbage collector's young generation at the size with which it begins. At full speed a plant makes hardly
 * anything that outlives an event, so a larger one costs memory and saves no time: 200 machines need 190 MB instead of
 * 310 MB. To be called before the plant is made.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
