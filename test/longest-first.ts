import { basename } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take minutes or most of a layer's time, the longest first: begun last, they would leave the other processor idle. */
const longest = [
  'disasters.test.ts',
  'kills.test.ts',
  'kill-cells.test.ts',
  'operations.test.ts',
  'operations-event-streams.test.ts',
  'operations-defaults.test.ts',
  'operations-open.test.ts',
  'operations-forced.test.ts',
  'on-one-lab.suite.ts',
  'attacks.test.ts',
  'temporal-ui.test.ts',
  'package.test.ts',
  'interrupted.test.ts',
  'doors.test.ts',
  'interleaved.test.ts',
  'replay.test.ts',
  'questions.test.ts',
  'stranded.test.ts',
  'with-temporal.test.ts',
  'kafka-cluster.test.ts',
  'lab.test.ts',
]

const rank = ({ moduleId }: TestSpecification): number => {
  const at = longest.indexOf(basename(moduleId))
  return at < 0 ? longest.length : at
}

/** A fresh clone knows no earlier run to tell the long files by. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}
