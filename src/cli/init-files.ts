/** What `init` writes; docs/ci.md shows the same. */

export const PLANT = `# yaml-language-server: $schema=./node_modules/taktwerk/schema/scenario.schema.json
#
# A small plant to begin with. Check it with "taktwerk validate plant.yaml", run it with "taktwerk run plant.yaml".
taktwerk: 1
name: plant
seed: 42 # the same seed gives the same digest, on any machine
duration: 30m
speed: max # as fast as possible and off the wire; 1 opens the endpoints below and runs in real time
fleet:
  - group: machining
    units:
      - { model: cnc/vmc-3axis-15kw, count: 4, name: "cnc-{n:02}", program: programs/bracket-al }
endpoints:
  opcua: { security: [none, Basic256Sha256/SignAndEncrypt] }
  mqttsn: { gateway: embedded, qos: 1 }
faults: # taktwerk list faults
  - { id: bearing, at: 10m, for: 10m, on: { pick: 1 }, fault: spindle-bearing-wear }
checks:
  - name: vibration is noticed
    on: { fault: bearing }
    after: { fault: bearing }
    within: 5m
    eventually: unit.conditions["vibration-high"].active
  - name: nobody alarms before
    until: { fault: bearing }
    never: unit.conditions["vibration-high"].active
thresholds:
  - twin.parts_produced count >= 10
report: { junit: out/junit.xml, json: out/result.json, html: out/report.html }
`;

const GITHUB = `name: plant
on: [push, pull_request]
jobs:
  plant:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - run: npm ci
      - name: Run the plant
        shell: bash
        run: |
          code=0
          npx taktwerk run plant.yaml || code=$?
          # 3 and 4 say nothing about what is tested: it was not there, or this machine was too slow.
          if [ "$code" -eq 3 ] || [ "$code" -eq 4 ]; then
            echo "::warning title=not judged::taktwerk ended with code $code"
            exit 0
          fi
          exit "$code"
      - uses: actions/upload-artifact@v4
        if: always()
        with: { name: plant, path: out, if-no-files-found: ignore }
`;

const GITLAB = `plant:
  image: node:24
  script:
    - npm ci
    - npx taktwerk run plant.yaml
  # 3 and 4 say nothing about what is tested: it was not there, or this machine was too slow.
  allow_failure: { exit_codes: [3, 4] }
  artifacts:
    when: always
    paths: [out]
    reports: { junit: out/junit.xml }
`;

/** The file that a CI reads its jobs from, and one that runs the plant. */
export const CI_FILES = {
  github: { file: ".github/workflows/plant.yml", text: GITHUB },
  gitlab: { file: ".gitlab-ci.yml", text: GITLAB },
} as const;
