/** Names and numbers of TCP and UDP that several settings have. */
import { z } from "zod";

export const port = z.int().min(1).max(65_535);
export const host = z
  .string()
  .regex(/^[A-Za-z0-9.:-]+$/)
  .meta({ examples: ["127.0.0.1", "plant.example"] });
