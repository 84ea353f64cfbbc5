/**
 * Test files of this folder that take turns on one lab when the whole layer is run (`on-one-lab.suite.ts`): each has topics of its
 * own, and finds clusters and link as they were at the start. A start costs as much of the processor as many of their tests.
 * `mirroring` is not among them: it knows every entry of the link's selection, and ends with a cluster that is down.
 */
export const onOneLab = [
  'mirroring-watch',
  'mirroring-contract',
  'mirroring-compare',
  'fences',
  'certificates',
  'mirroring-identity',
  'mirroring-faults',
] as const
