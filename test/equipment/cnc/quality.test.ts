import { expect, test } from "vitest";
import { aloneCnc } from "../../support/cnc-plant.ts";

test("a first piece's approval corrects for the tool that finishes the new kind of part", () => {
  const { quality } = aloneCnc().machine;
  const deviation = (finishing: number, recession_um: number): number => {
    quality.judge(4, finishing, recession_um, 25);
    return quality.deviation.value(0);
  };
  quality.cut(4, 1, 20);
  quality.correct();
  quality.cut(4, 2, 1);
  quality.correct();
  for (let n = 0; n < 20; n++) {
    expect(Math.abs(deviation(2, 1))).toBeLessThan(18);
    expect(Math.abs(deviation(1, 20))).toBeLessThan(18);
  }
  quality.sharpened(1);
  for (let n = 0; n < 20; n++) expect(Math.abs(deviation(1, 0))).toBeLessThan(18);
});
