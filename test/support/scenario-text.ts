/** One unit's entry, indented as `units` has it. */
export const UNIT = '      - { model: cnc/vmc-3axis-15kw, name: "cnc-{n:02}", program: programs/bracket-al }';

export interface ScenarioParts {
  /** Lines between the name (line 2) and the fleet, each with its line feed. */
  readonly top?: string;
  readonly units?: string;
  /** Lines of the group beside its units. */
  readonly group?: string;
}

/** A scenario as text. Without `top` and `group` the first unit stands in line 6. */
export const scenarioText = ({ top = "", units = UNIT, group = "" }: ScenarioParts = {}): string =>
  `taktwerk: 1\nname: plant\n${top}fleet:\n  - group: hall\n${group}    units:\n${units}\n`;
